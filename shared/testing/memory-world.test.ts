import { expect, test } from "vitest";
import type { ControlDocument } from "../domain/control-document.ts";
import type { Report } from "../domain/reports.ts";
import type { ServiceSpec, TaskSpec } from "../domain/service-specs.ts";
import { createMemoryWorld } from "./memory-world.ts";

const prefix = "environments/e1/";
const now = 1_800_000_000_000;
const task = (family: string, environment: Record<string, string>, command: string[] = []): TaskSpec => ({
  family,
  image: "airflow:3.3.1",
  command,
  cpu: 256,
  memoryMegabytes: 512,
  environment,
  secrets: {},
  secretName: "s",
  stopTimeoutSeconds: 2,
});
const scheduler: ServiceSpec = {
  role: "scheduler",
  name: "hangar-e1-scheduler-g1",
  desiredCount: 1,
  behindAddress: false,
  task: task("hangar-e1-scheduler-g1", { HANGAR_CONTROL_PREFIX: prefix, HANGAR_GENERATION: "1" }),
};
const control = {
  epoch: 1,
  environmentId: "e1",
  release: null,
  candidate: null,
  canary: { id: "op", generation: 1 },
  workersWanted: 1,
  workers: { min: 1, max: 2 },
  drains: [],
  pause: null,
  generation: 1,
};

test("a call fails before its work, or after it, as often as told", async () => {
  const world = createMemoryWorld({ now });
  const ensure = () => world.secretVault.ensure("name", { key: "value" });
  world.fail("secretVault.ensure", new Error("not reached"));
  await expect(ensure()).rejects.toThrow("not reached");
  expect(world.secretVault.secrets.size).toBe(0);
  world.fail("secretVault.ensure", new Error("timed out"), 2, "after");
  await expect(ensure()).rejects.toThrow("timed out");
  expect(world.secretVault.secrets.size).toBe(1);
  await expect(ensure()).rejects.toThrow("timed out");
  await ensure();
  expect(world.calls.filter((call) => call === "secretVault.ensure")).toHaveLength(4);
});

test("a draining worker is released for good after so many looks; a drain that disappears before is forgotten", async () => {
  const world = createMemoryWorld({ now });
  const drains = [{ id: "d1", role: "worker" as const, generation: 1 }];
  const look = async (document: Partial<ControlDocument>) => {
    const text = JSON.stringify({ ...control, ...document });
    world.controlBucket.objects.set(`${prefix}control.json`, { body: text, etag: text });
    return (await world.controlBucket.reports(prefix)).map((report) => report.drain);
  };
  await world.containers.deploy({ ...scheduler, role: "worker", name: "hangar-e1-worker-g1" }, "arn", null);
  world.agents.script.drain = { inFlight: 3, looksUntilReleased: 1 };
  expect(await look({})).toEqual([null]);
  expect(await look({ drains })).toEqual([{ id: "d1", state: "draining", inFlight: 3 }]);
  expect(await look({})).toEqual([null]);
  expect(await look({ drains })).toEqual([{ id: "d1", state: "released", inFlight: 0 }]);
  expect(await look({})).toEqual([{ id: "d1", state: "released", inFlight: 0 }]);
});

test("agents report their tasks healthy after so many looks, and then the canary", async () => {
  const world = createMemoryWorld({ now });
  world.agents.script.healthyAfterLooks = 2;
  await world.controlBucket.putControl(prefix, control, null);
  await world.containers.deploy(scheduler, "arn", null);
  const seen: (Report["canary"] | boolean)[] = [];
  for (let look = 0; look < 4; look++) {
    const [report] = await world.controlBucket.reports(prefix);
    seen.push(report?.canary ?? report?.healthy ?? null);
  }
  expect(seen).toEqual([false, false, { id: "op", state: "running" }, { id: "op", state: "success", seconds: 4 }]);
});

test("tasks that cannot start report nothing and are seen as such", async () => {
  const world = createMemoryWorld({ now });
  world.containers.script.failToStart.scheduler = "CannotPullContainerError: no such image";
  await world.containers.deploy(scheduler, "arn", null);
  expect(await world.controlBucket.reports(prefix)).toEqual([]);
  const [observed] = await world.containers.observe([scheduler.name]);
  expect(observed).toMatchObject({
    runningTaskIds: [],
    endingTaskIds: [],
    desiredCount: 1,
    stopped: Array(3).fill(expect.objectContaining({ failedToStart: true })),
  });
});

test("the migration task migrates the scratch database when it ends well, and not when it fails", async () => {
  const world = createMemoryWorld({ now });
  const scratch = "hangar_template_3_3_1_e1";
  const migrate = task("hangar-e1-migrate", { HANGAR_METADATA_DATABASE: scratch }, ["hangar-agent", "migrate"]);
  await world.databases.ensureScratchTemplate(scratch, "password");
  world.containers.script.oneOff = { looks: 0, exitCode: 1, reason: "failed" };
  await world.containers.runOnce(migrate, "arn", "first");
  expect(await world.containers.describeOnce("hangar-e1-migrate", "first")).toMatchObject({
    state: "stopped",
    exitCode: 1,
  });
  await expect(world.databases.promoteTemplate(scratch, "hangar_template_3_3_1")).rejects.toThrow(/did not finish/);
  world.containers.script.oneOff = { looks: 0, exitCode: 0, reason: "done" };
  await world.containers.runOnce(migrate, "arn", "second");
  await world.containers.describeOnce("hangar-e1-migrate", "second");
  await world.databases.promoteTemplate(scratch, "hangar_template_3_3_1");
  expect(await world.databases.hasTemplate("hangar_template_3_3_1")).toBe(true);
});

test("everything made is named until it is removed; templates are no left-overs", async () => {
  const world = createMemoryWorld({ now });
  const address = { targetGroup: "hangar-e1-g1", host: "127.64.0.1", healthPath: "/" };
  const database = { database: "hangar_e1", role: "hangar_e1", password: "p", template: null, connectionLimit: 5 };
  await world.secretVault.ensure("secret", {});
  await world.taskQueues.ensure("queue", { visibilityTimeoutSeconds: 1 });
  await world.webAddresses.ensure(address);
  await world.databases.ensureDatabase(database);
  await world.containers.deploy(scheduler, "arn", null);
  await world.controlBucket.putControl(prefix, control, null);
  expect(world.leftovers()).toEqual([
    "secret secret",
    "queue queue",
    "database hangar_e1",
    "role hangar_e1",
    "service hangar-e1-scheduler-g1",
    "task definition hangar-e1-scheduler-g1",
    "target group hangar-e1-g1",
    "host rule 127.64.0.1",
    "control object environments/e1/control.json",
  ]);
  await world.secretVault.remove("secret");
  await world.taskQueues.remove("queue");
  await world.webAddresses.remove(address);
  await world.databases.dropDatabase("hangar_e1", "hangar_e1");
  await world.containers.remove([scheduler.name]);
  await world.controlBucket.empty(prefix);
  expect(world.leftovers()).toEqual([]);
});

test("time stands still until it is moved, and identifiers have the real ones' form", () => {
  const world = createMemoryWorld({ now });
  expect(world.clock.now()).toBe(now);
  world.clock.advance(1500);
  expect(world.clock.now()).toBe(now + 1500);
  expect(world.identifiers.environmentId()).toMatch(/^e[a-z0-9]{10}$/);
  expect(world.identifiers.operationId()).toMatch(/^[a-z0-9]{26}$/);
  expect(Buffer.from(world.identifiers.secret(32), "base64url")).toHaveLength(32);
});
