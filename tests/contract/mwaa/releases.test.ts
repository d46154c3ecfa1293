// Releases and sync as they are served: signed, authorised, and refused in the service's words.
import { afterAll, beforeAll, expect, test } from "vitest";
import { publishRelease } from "../../../shared/runtime/release-publisher.ts";
import { settleRelease } from "../../../shared/runtime/candidate-settler.ts";
import { availableWorld } from "../../../state-machines/testing/available.ts";
import { faultOfRefusal } from "./refusals.ts";
import { apiPool, type ServedApi, serveApi } from "./served-api.ts";

let started: Awaited<ReturnType<typeof availableWorld>>;
let api: ServedApi;
beforeAll(async () => {
  started = await availableWorld();
  const { world, record } = started;
  const ports = { ...world.ports, sync: apiPool.sync };
  world.sourceBuckets.upload("my-dags", "dags/first.py", "two");
  await publishRelease(record, ports);
  world.clock.advance(121_000);
  await settleRelease(record, ports);
  api = await serveApi(world);
});
afterAll(() => api.close());

const one = "/environments/first";
const reads = [`GET ${one}/releases`, `GET ${one}/releases/2?Against=1&Path=fi`, `GET ${one}/sync?Path=first`];
const rollback = `POST ${one}/releases/1/rollback`;

test.each(reads)("%s is a reader's, and nobody else's", async (line) => {
  const answer = await api.ask({ line, who: "reader" });
  expect(answer.status, answer.text).toBe(200);
  expect((await api.ask({ line, who: "nobody" })).status).toBe(403);
  expect((await api.ask({ line })).status).toBe(403);
});

test("only who may update rolls back; who asks again gets the same answer", async () => {
  const before = started.stored();
  for (const who of ["reader", "nobody", undefined]) expect((await api.ask({ line: rollback, who })).status).toBe(403);
  expect(started.stored()).toBe(before);
  const answer = await api.ask({ line: rollback, who: "operator" });
  expect(answer.status, answer.text).toBe(200);
  expect(JSON.parse(answer.text).Release).toMatchObject({ Number: 3, RollbackOf: 1, State: "LIVE" });
  expect((await api.ask({ line: rollback, who: "operator" })).text).toBe(answer.text);
  const list = await api.ask({ line: `GET ${one}/releases?MaxResults=2`, who: "reader" });
  expect(JSON.parse(list.text).Releases.map((release: { Number: number }) => release.Number)).toEqual([3, 2]);
});

test.each([
  [400, `GET ${one}/releases/0`],
  [400, `GET ${one}/releases/first`],
  [400, `GET ${one}/releases/1.0`],
  [400, `GET ${one}/releases/2?Against=x`],
  [400, `GET ${one}/releases?MaxResults=26`],
  [400, `GET ${one}/releases?NextToken=made-up`],
  [400, `GET ${one}/sync?NextToken=made-up`],
  [404, `GET ${one}/releases/77`],
  [404, `GET ${one}/releases/2?Against=77`],
  [404, `POST ${one}/releases/77/rollback`],
  [404, "GET /environments/nobody/sync"],
])("%d for %s, in the service's form", async (status, line) => {
  const answer = await api.ask({ line, who: "operator" });
  expect(answer.status, answer.text).toBe(status);
  expect(faultOfRefusal(answer)).toBeUndefined();
});

test("a number comes from the path alone", async () => {
  const body = JSON.stringify({ Number: 2, Name: "other" });
  const answer = await api.ask({ line: `${rollback}?Number=2`, who: "operator", body });
  expect(JSON.parse(answer.text).Release.RollbackOf).toBe(1);
});
