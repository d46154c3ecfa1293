import { beforeEach, describe, expect, it } from "vitest";
import type { EnvironmentItem } from "../../shared/domain/items.ts";
import type { InvokeRestApiRequest } from "../../shared/domain/requests.ts";
import { createMemoryWorld } from "../../shared/testing/memory-world.ts";
import { recordIn } from "../../shared/testing/planned.ts";
import { withSigningKeys } from "../../state-machines/testing/available.ts";
import { caller } from "../../state-machines/testing/requests.ts";
import { invokeRestApi } from "./invoke-rest-api.ts";

let world: ReturnType<typeof createMemoryWorld>;
let environment: EnvironmentItem;
beforeEach(async () => {
  world = createMemoryWorld({ now: Date.UTC(2026, 0, 1) });
  environment = recordIn("AVAILABLE");
  await world.environments.create(environment);
  withSigningKeys(world, environment.names.signInSecret);
});
const invoke = (request: Partial<InvokeRestApiRequest> = {}, who = caller) =>
  invokeRestApi({ Name: "first", Path: "/dags", Method: "GET", ...request }, world.ports, who);
const claimsOf = (token: string) =>
  JSON.parse(String(Buffer.from(token.split(".")[1]!, "base64url"))) as Record<string, unknown>;
const stranger = { arn: "arn:aws:iam::000000000000:user/ann", accountId: "000000000000" };

describe("InvokeRestApi", () => {
  it("asks the environment's own Airflow, and hands its answer on", async () => {
    world.airflowRest.answer = { status: 200, body: '{"dags":[],"next":null}' };
    expect(await invoke({ Method: "POST", QueryParameters: { limit: 1 }, Body: { dag_ids: ["a"] } })).toEqual({
      RestApiStatusCode: 200,
      RestApiResponse: { dags: [] },
    });
    expect(world.airflowRest.asked).toMatchObject([
      {
        webUrl: environment.names.webUrl,
        airflowMajor: 3,
        method: "POST",
        path: "/dags",
        query: [["limit", "1"]],
        body: '{"dag_ids":["a"]}',
        timeoutMilliseconds: 10_000,
      },
    ]);
    expect(world.airflowRest.asked[0]!.mostBytes).toBeLessThan(6 * 1024 * 1024);
  });

  it.each([
    ["2.11.2", 2],
    ["2.10.3", 2],
    ["3.0.6", 3],
    ["3.3.1", 3],
  ] as const)("asks Airflow %s as what it is: version %d", async (airflowVersion, major) => {
    const settings = { ...environment.settings, airflowVersion };
    world.environments.items.set("first", { ...environment, settings });
    await invoke();
    expect(world.airflowRest.asked[0]!.airflowMajor).toBe(major);
  });

  it("asks as its caller, in the caller's role: nobody's rights but his own", async () => {
    await invoke();
    await invoke({ Role: "Viewer" }, stranger);
    const said = world.airflowRest.asked.map(({ webToken }) => claimsOf(webToken));
    expect(said).toMatchObject([
      { sub: "user/operator", role: "Admin", aud: `${environment.environmentId}/web` },
      { sub: "user/ann", role: "Viewer" },
    ]);
  });

  it("without a role asks nothing, in the words Airflow's own MWAA hook looks for", async () => {
    const refused = { name: "AirflowRoleMissing", message: expect.stringContaining("Airflow role") };
    await expect(invoke({}, stranger)).rejects.toMatchObject(refused);
    await expect(invoke({ Role: "Public" })).rejects.toMatchObject(refused);
    expect(world.airflowRest.asked).toEqual([]);
  });

  it.each(["/../health", "/%2e%2e/health", "//evil.example", "/dags?limit=1", "/.. "])(
    "refuses the path %j before anything is read",
    async (Path) => {
      const before = world.calls.length;
      await expect(invoke({ Path })).rejects.toMatchObject({ name: "InvalidRequest" });
      expect(world.calls.slice(before)).toEqual([]);
    },
  );

  it.each([
    [404, "RestApiClient"],
    [409, "RestApiClient"],
    [500, "RestApiServer"],
    [302, "RestApiServer"],
  ])("answers Airflow's %d as %s, with its status and body", async (status, name) => {
    world.airflowRest.answer = { status, body: '{"title":"No","detail":null}' };
    await expect(invoke()).rejects.toMatchObject({
      name,
      members: { RestApiStatusCode: status, RestApiResponse: { title: "No" } },
    });
  });

  it("answers an Airflow that does not answer as a 504 of the server's", async () => {
    world.airflowRest.answer = { error: "AirflowSilent" };
    await expect(invoke()).rejects.toMatchObject({ name: "RestApiServer", members: { RestApiStatusCode: 504 } });
  });

  it("says what to do about an answer it cannot carry", async () => {
    world.airflowRest.answer = { error: "AirflowAnswerTooLong" };
    await expect(invoke()).rejects.toMatchObject({
      name: "InvalidRequest",
      message: expect.stringContaining("limit and offset"),
    });
  });

  it("hides no fault of its own behind Airflow", async () => {
    world.fail("airflowRest.call", new TypeError("broken"));
    await expect(invoke()).rejects.toMatchObject({ name: "TypeError" });
  });

  it("of a name nobody has is not found, and where no Airflow is yet says so", async () => {
    await expect(invoke({ Name: "second" })).rejects.toMatchObject({ name: "EnvironmentNotFound" });
    world.environments.items.set("first", recordIn("CREATING"));
    await expect(invoke()).rejects.toMatchObject({ name: "EnvironmentUnusable" });
    expect(world.airflowRest.asked).toEqual([]);
  });
});
