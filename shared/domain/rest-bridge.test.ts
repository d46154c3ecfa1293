import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InvokeRestApiRequest } from "./requests.ts";
import { restAnswer, restCall, restFailure } from "./rest-bridge.ts";

const request = (changes: Partial<InvokeRestApiRequest>): InvokeRestApiRequest => ({
  Name: "first",
  Method: "GET",
  Path: "/dags",
  ...changes,
});
const thrown = (act: () => unknown): Error & { members?: unknown } => {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("It was accepted.");
};
/** As shared/aws/http-airflow-rest.ts builds it. */
const addressOf = (path: string) => new URL(`http://127.64.0.1:8080/api/v2${path}`);

describe("a path", () => {
  it.each([
    ["/dags", "/dags"],
    ["dags/first/dagRuns", "/dags/first/dagRuns"],
    ["/dags/~/dagRuns/list", "/dags/~/dagRuns/list"],
    ["/dags/a/dagRuns/manual__2026-01-01T00:00:00+00:00", "/dags/a/dagRuns/manual__2026-01-01T00:00:00+00:00"],
    ["/dags/my%20dag", "/dags/my%20dag"],
    ["/connections/a@b", "/connections/a@b"],
  ])("%s goes to Airflow as %s", (Path, path) => {
    expect(restCall(request({ Path })).path).toBe(path);
  });

  it.each([
    "",
    "/",
    "//evil.example",
    "/dags/../../health",
    "..",
    "/..",
    "/.. ",
    "/../",
    "/dags/.",
    "/%2e%2e/health",
    "/%2E./health",
    "/dags%2ffirst",
    "/dags%2Ffirst",
    "/dags%2f..%2fhealth",
    "/dags%252f..",
    "/%252e%252e/health",
    "/dags\\..\\health",
    "/dags%5c..",
    "/dags?limit=1",
    "/dags#top",
    "/dags%3Flimit=1",
    "/dags%23",
    "/dags%00",
    "/dags\t",
    "/.\t./health",
    "/dags\r\nHost: evil",
    "/dags/%zz",
    "/dags/%",
    "/dags/%c0%ae",
    "/dägs",
    "/dags/",
    "/dags// ",
  ])("%j is refused: it is no plain path below the API", (Path) => {
    expect(thrown(() => restCall(request({ Path })))).toMatchObject({
      name: "InvalidRequest",
      message: expect.stringContaining("Path must be a plain path"),
    });
  });

  it("whatever it is, leads below the API and nowhere else, with nothing but itself in the address", () => {
    const tricky = fc.constantFrom(
      ..."/ . .. %2e %2E %2f %5c \\ ? # % %25 ; @ : ~ dags é \u0000 \t \n".split(" "),
      " ",
      "%20",
    );
    const paths = fc.oneof(
      fc.array(tricky, { maxLength: 8 }).map((parts) => parts.join("")),
      fc.array(tricky, { maxLength: 8 }).map((parts) => parts.join("/")),
      fc.string({ maxLength: 20 }),
    );
    let accepted = 0;
    fc.assert(
      fc.property(paths, (Path) => {
        let path: string;
        try {
          path = restCall(request({ Path })).path;
        } catch (error) {
          expect((error as Error).name).toBe("InvalidRequest");
          return;
        }
        accepted++;
        const address = addressOf(path);
        expect(address.origin).toBe("http://127.64.0.1:8080");
        expect(address.pathname).toMatch(/^\/api\/v2\/[^/]/);
        expect(address.search + address.hash).toBe("");
        expect(address.pathname.split("/")).toHaveLength(path.split("/").length + 2);
      }),
      { numRuns: 1000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

describe("query and body", () => {
  it.each<[unknown, readonly (readonly [string, string])[]]>([
    [undefined, []],
    [null, []],
    [{}, []],
    [
      { limit: 5, only_active: false, order_by: "-start_date" },
      [
        ["limit", "5"],
        ["only_active", "false"],
        ["order_by", "-start_date"],
      ],
    ],
    [
      { tags: ["a&b=c", 1] },
      [
        ["tags", "a&b=c"],
        ["tags", "1"],
      ],
    ],
    [{ tags: [] }, []],
  ])("QueryParameters %j become %j", (QueryParameters, query) => {
    expect(restCall(request({ QueryParameters })).query).toEqual(query);
  });

  it.each([["limit=5"], [5], [true], [["limit"]], [{ limit: null }], [{ limit: { most: 5 } }], [{ limit: [[1]] }]])(
    "QueryParameters %j are refused",
    (QueryParameters) => {
      expect(thrown(() => restCall(request({ QueryParameters })))).toMatchObject({
        name: "InvalidRequest",
        message: expect.stringContaining("QueryParameters must be an object"),
      });
    },
  );

  it("a body stays behind with GET: Airflow's own MwaaHook gives every call one, and HTTP gives it no meaning there", () => {
    expect(restCall(request({ Method: "GET", Body: {} }))).not.toHaveProperty("body");
  });

  it("a body goes as JSON, whatever value it is; none is none", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (Body) => {
        expect(JSON.parse(restCall(request({ Body, Method: "POST" })).body!)).toEqual(JSON.parse(JSON.stringify(Body)));
      }),
    );
    expect(restCall(request({}))).not.toHaveProperty("body");
  });
});

describe("Airflow's answer", () => {
  it.each([
    [200, '{"dags":[],"total_entries":0}', { dags: [], total_entries: 0 }],
    [204, "", {}],
    [200, "pong", "pong"],
    [200, '{"a":null,"b":{"c":null,"d":0},"e":[{"f":null},null,false]}', { b: { d: 0 }, e: [{}, null, false] }],
  ])("%d %s is handed on, members that are null dropped as MWAA drops them", (status, body, response) => {
    expect(restAnswer(status, body)).toEqual({ RestApiStatusCode: status, RestApiResponse: response });
  });

  it("has the class of its status: 2xx an answer, 4xx the caller's fault, anything else the server's", () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), (status) => {
        const body = '{"title":"t","detail":null}';
        const members = { RestApiStatusCode: status, RestApiResponse: { title: "t" } };
        if (status < 300) expect(restAnswer(status, body)).toEqual(members);
        else
          expect(thrown(() => restAnswer(status, body))).toMatchObject({
            name: status >= 400 && status < 500 ? "RestApiClient" : "RestApiServer",
            members,
          });
      }),
    );
  });
});

describe("a call without an answer", () => {
  it("in time is a 504 of the server's, with both members of the exception", () => {
    expect(restFailure("AirflowSilent")).toMatchObject({
      name: "RestApiServer",
      members: {
        RestApiStatusCode: 504,
        RestApiResponse: { status: 504, detail: expect.stringContaining("10 seconds") },
      },
    });
  });

  it("that could be carried says what to ask for instead", () => {
    expect(restFailure("AirflowAnswerTooLong")).toMatchObject({
      name: "InvalidRequest",
      message: expect.stringContaining("limit and offset"),
    });
  });

  it("for a reason of our own is not blamed on Airflow", () => {
    expect(restFailure("TypeError")).toBeUndefined();
  });
});
