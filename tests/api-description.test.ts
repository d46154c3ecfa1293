// docs/openapi.json and docs/api.md say what the API does: held against the wiring, the error catalogue and real handlers.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { openApiDocument } from "../docs/openapi/document.ts";
import { extensionSchemas } from "../docs/openapi/extension-schemas.ts";
import { printed } from "../docs/openapi/printed.ts";
import { functions } from "../functions/wiring.ts";
import { routes } from "../functions/routes.ts";
import { type ErrorCode, errorCatalogue, HangarError } from "../shared/domain/errors.ts";
import { NoRequest } from "../shared/domain/extension-requests.ts";
import { apiHandler } from "../shared/runtime/api-handler.ts";
import { checker, description, objectsIn, operations, schemaOf } from "./api-description/description.ts";
import { type Exchange, tellStory } from "./api-description/story.ts";

const file = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const codes = Object.keys(errorCatalogue) as ErrorCode[];

describe("docs/openapi.json", () => {
  it("is what the generator writes today", () => {
    const model = JSON.parse(file("contracts/mwaa-2020-07-01.service-2.json"));
    expect(file("docs/openapi.json") === printed(openApiDocument(model)), "stale: run npm run generate:api").toBe(true);
  });

  it("describes every route of the wiring, and no other", () => {
    const wired = routes.map(({ method, path }) => `${method} ${path}`);
    expect([...operations.keys()].toSorted()).toEqual(wired.toSorted());
  });

  it("gives every operation a name of its own", () => {
    const names = [...operations.values()].map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([...operations])("%s declares the parameters of its path, each once", (route, { parameters = [] }) => {
    const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = parameters.filter((one) => one.in === "path");
    expect(declared.map(({ name }) => name).toSorted()).toEqual(inPath.toSorted());
    expect(declared.every(({ required }) => required)).toBe(true);
    expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length);
  });

  it("has no reference that leads nowhere, and no component nothing refers to", () => {
    const referred = [...objectsIn(description)].flatMap(([, { $ref }]) => (typeof $ref === "string" ? [$ref] : []));
    const there = (["schemas", "responses"] as const).flatMap((kind) =>
      Object.keys(description.components[kind]).map((name) => `#/components/${kind}/${name}`),
    );
    expect([...new Set(referred)].toSorted()).toEqual(there.toSorted());
  });

  it("has no required member that is not described", () => {
    for (const [path, { required, properties }] of objectsIn(description.components.schemas)) {
      if (Array.isArray(required))
        expect(Object.keys(properties as object), path).toEqual(expect.arrayContaining(required));
    }
  });
});

let exchanges: readonly Exchange[];
let examples: ReadonlyMap<string, unknown>;
beforeAll(async () => {
  ({ exchanges, examples } = await tellStory());
});

describe("what handlers really answer", () => {
  it("is known for every route", () => {
    expect(new Set(exchanges.map(({ route }) => route))).toEqual(new Set(operations.keys()));
  });

  it.each([...operations])("%s answers as described, with no member that is not", (route, operation) => {
    const faults = checker(schemaOf(operation.responses["200"]!));
    for (const { answer } of exchanges.filter((one) => one.route === route)) expect(faults(answer)).toEqual([]);
  });

  it.each([...operations])(
    "%s takes what is described, parameters and body",
    (route, { parameters = [], requestBody }) => {
      const names = parameters.map(({ name }) => name);
      for (const { request } of exchanges.filter((one) => one.route === route)) {
        for (const { name, schema, required } of parameters) {
          if (request[name] === undefined) expect(required ?? false, name).toBe(false);
          else expect(checker(schema)(request[name]), name).toEqual([]);
        }
        const body = Object.fromEntries(Object.entries(request).filter(([name]) => !names.includes(name)));
        const faults = requestBody ? checker(schemaOf(requestBody))(body) : Object.keys(body);
        expect(faults).toEqual([]);
      }
    },
  );

  it("holds every member an extension describes at least once", () => {
    const sent = new Set(
      exchanges.flatMap(({ answer }) => [...objectsIn(answer)].flatMap(([, value]) => Object.keys(value))),
    );
    for (const [name, schema] of Object.entries(extensionSchemas)) {
      const described = [...objectsIn(schema)].flatMap(([, { properties }]) =>
        Object.keys((properties ?? {}) as object),
      );
      expect(
        described.filter((member) => !sent.has(member)),
        name,
      ).toEqual([]);
    }
  });

  it.each(codes)("an error %s has the status and the form described for it", async (code) => {
    const isRestApi = errorCatalogue[code].type.startsWith("RestApi");
    const members = isRestApi ? { members: { RestApiStatusCode: 404, RestApiResponse: { detail: "x" } } } : {};
    const refuse = async () => {
      throw new HangarError(code, "What happened, why, what to do.", members);
    };
    const event = { routeKey: "GET /offerings", requestContext: {}, isBase64Encoded: false };
    const answer = await apiHandler(NoRequest, refuse, () => ({}))(event as never, { awsRequestId: "1" } as never);
    const { statusCode, body } = answer as { statusCode: number; body: string };
    const calling = operations.get("POST /restapi/{Name}")!;
    const schema = schemaOf(calling.responses[String(statusCode)]!);
    expect(checker(schema)(JSON.parse(body))).toEqual([]);
  });
});

describe("docs/api.md", () => {
  const page = file("docs/api.md");
  const rowsOf = (heading: string) =>
    (page.split(`\n## ${heading}\n`)[1] ?? "")
      .split("\n## ")[0]!
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$|`/g, "").trim()));

  it("lists every error with the exception and status it has, and says what to do", () => {
    const listed = rowsOf("Errors").map(([code, type, status]) => [code, type, Number(status)]);
    expect(listed.toSorted()).toEqual(
      codes.map((code) => [code, errorCatalogue[code].type, errorCatalogue[code].status]).toSorted(),
    );
    for (const row of rowsOf("Errors")) expect(row[3]!.length, row[0]).toBeGreaterThan(20);
  });

  it("names every route", () => {
    for (const { method, path } of routes) expect(page).toContain(`${method} ${path}`);
  });

  it("shows examples that are what handlers really answer", () => {
    const shown = [...page.matchAll(/<!-- answer: ([\w-]+)( excerpt)? -->\n+```json\n([\s\S]*?)```/g)];
    expect(shown.length).toBeGreaterThanOrEqual(8);
    for (const [, name, excerpt, text] of shown) {
      const [said, real] = [JSON.parse(text!), examples.get(name!)];
      if (excerpt) expect(isPartOf(said, real), name).toBe(true);
      else expect(said, name).toEqual(real);
    }
  });

  it("shows an example of every extension", () => {
    const extensions = routes.filter(({ function: name }) => functions[name].purpose.startsWith("Extension"));
    for (const { method, path } of extensions) {
      const section = page.split(`\n### `).find((part) => part.includes(`${method} ${path}\``));
      expect(section, `${method} ${path}`).toMatch(/<!-- answer: /);
    }
  });
});

/** Every member shown is there with this value; of a list, each element shown is somewhere in it. */
function isPartOf(said: unknown, real: unknown): boolean {
  if (Array.isArray(said)) {
    return Array.isArray(real) && said.every((part) => real.some((candidate) => isPartOf(part, candidate)));
  }
  if (said === null || typeof said !== "object") return said === real;
  if (real === null || typeof real !== "object") return false;
  return Object.entries(said).every(([name, part]) => isPartOf(part, (real as Record<string, unknown>)[name]));
}
