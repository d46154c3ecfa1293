// What no SDK can send, or shows: nulls, raw bodies, hosts, and requests that come at once.
import { beforeAll, describe, expect, test, afterAll } from "vitest";
import { availableWorld } from "../../../state-machines/testing/available.ts";
import { runLadder } from "../../../state-machines/testing/run-ladder.ts";
import { faultOfRefusal } from "./refusals.ts";
import { type ApiAnswer, type ServedApi, serveApi } from "./served-api.ts";

const line = "PATCH /environments/first";
let started: Awaited<ReturnType<typeof availableWorld>>;
let api: ServedApi;
beforeAll(async () => {
  api = await serveApi((await availableWorld()).world);
});
afterAll(() => api.close());

async function begin(): Promise<void> {
  started = await availableWorld(
    {
      RequirementsS3Path: "requirements.txt",
      RequirementsS3ObjectVersion: "version-2", // version-1 is the DAG's
      AirflowConfigurationOptions: { "core.x": "y" },
    },
    { "requirements.txt": "" },
  );
  api.use(started.world);
}
const patch = (body: unknown) => api.ask({ line, who: "operator", body: JSON.stringify(body) });
const shown = async () =>
  JSON.parse((await api.ask({ line: "GET /environments/first", who: "operator" })).text).Environment;

describe("PATCH", () => {
  test("takes null for a file and for the options, and clears them", async () => {
    await begin();
    const body = { RequirementsS3Path: null, RequirementsS3ObjectVersion: null, AirflowConfigurationOptions: null };
    expect((await patch(body)).status).toBe(200);
    await runLadder(started.world, "first");
    const environment = await shown();
    for (const member of Object.keys(body)) expect(environment).not.toHaveProperty(member);
  });

  test.each([
    { RequirementsS3Path: "" },
    { DagS3Path: null },
    { MaxWorkers: null },
    { Tags: { a: "b" } },
    { KmsKey: "k" },
  ])("refuses %j, and changes nothing", async (body) => {
    await begin();
    const before = started.stored();
    const answer = await patch(body);
    expect(answer.status).toBe(400);
    expect(faultOfRefusal(answer)).toBeUndefined();
    expect(started.stored()).toBe(before);
  });

  test("of two that come at once one wins, and the other is refused and shows nowhere", async () => {
    await begin();
    const answers = await Promise.all([patch({ MaxWorkers: 7 }), patch({ MaxWorkers: 8 })]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400]);
    expect(faultOfRefusal(answers.find(({ status }) => status === 400)!)).toBeUndefined();
    await runLadder(started.world, "first");
    expect((await shown()).MaxWorkers).toBe(answers[0]!.status === 200 ? 7 : 8);
    const operations = await api.ask({ line: "GET /environments/first/operations", who: "operator" });
    expect(JSON.parse(operations.text).Operations).toHaveLength(2);
  });
});

describe("any host a client may sign is served alike", () => {
  test.each(["api.127.0.0.1", "env.127.0.0.1", "ops.localhost", "api.airflow.us-east-1.amazonaws.com"])(
    "%s",
    async (host) => {
      await begin();
      const headers = { host: `${host}:${api.port}` };
      expect((await api.ask({ line: "GET /environments/first", who: "operator", headers })).status).toBe(200);
    },
  );
});

describe("a token's route", () => {
  test.each([undefined, "", "{}"])("takes the body %j: clients send none, and say no content type", async (body) => {
    await begin();
    const answer = await api.ask({ line: "POST /clitoken/nobody", who: "operator", body });
    expect(answer.status).toBe(404);
  });
});

test("a Role comes from the path alone: one in the body or query gives nobody a role", async () => {
  await begin();
  const ask = (at: string, body: string): Promise<ApiAnswer> => api.ask({ line: `POST ${at}`, who: "choosy", body });
  for (const answer of [
    await ask("/webtoken/first", '{"Role":"Admin"}'),
    await ask("/webtoken/first?Role=Admin", ""),
    await ask("/restapi/first", '{"Role":"Admin","Path":"/dags","Method":"GET"}'),
  ])
    expect(answer).toMatchObject({ status: 403, headers: { "x-amzn-errortype": "AccessDeniedException" } });
});

test("a 404 tells no more of another account's environment than of one nobody has", async () => {
  await begin();
  const tags = (arn: string) => api.ask({ line: `GET /tags/${encodeURIComponent(arn)}`, who: "operator" });
  const mine = await tags("arn:aws:airflow:us-east-1:000000000000:environment/nobody");
  const theirs = await tags("arn:aws:airflow:us-east-1:111111111111:environment/nobody");
  expect([theirs.status, theirs.text]).toEqual([404, mine.text]);
});

test("an ARN that ends in what can be no name never reaches the store, whose keys are bounded", async () => {
  await begin();
  const before = started.world.calls.length;
  const arn = `arn:aws:airflow:us-east-1:000000000000:environment/a${"あ".repeat(1100)}`;
  const path = `/tags/${encodeURIComponent(arn)}`;
  for (const asked of [`GET ${path}`, `DELETE ${path}?tagKeys=a`, `POST ${path}`]) {
    const answer = await api.ask({
      line: asked,
      who: "operator",
      body: asked.startsWith("POST") ? '{"Tags":{"a":"b"}}' : "",
    });
    expect(answer.status).toBe(400);
  }
  expect(started.world.calls).toHaveLength(before);
});
