// The two hands that have workers looked at: the queue's consumer and the schedule.
import { beforeEach, describe, expect, it } from "vitest";
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import { createMemoryWorld } from "../../shared/testing/memory-world.ts";
import { planned } from "../../shared/testing/planned.ts";
import { testPool } from "../../state-machines/testing/requests.ts";
import { reconcileScaling } from "../schedules/reconcile-scaling.ts";
import { scalingAlarmRaised } from "./scaling-alarm-raised.ts";

const start = Date.UTC(2026, 0, 1);
let world: ReturnType<typeof createMemoryWorld>;
beforeEach(() => {
  world = createMemoryWorld({ now: start });
});

/** An environment that runs one worker and may have three. */
async function running(name: string, status: "AVAILABLE" | "UPDATING" = "AVAILABLE") {
  const { environment, operation } = planned({ Name: name, MinWorkers: 1, MaxWorkers: 3 });
  const operationId = status === "UPDATING" ? "o1" : null;
  await world.environments.create({ ...environment, status, operationId });
  const worker = (operation.plan as CreatePlan).services.find(({ role }) => role === "worker")!;
  await world.containers.deploy(worker, "secret", null);
  return environment;
}
const reminderOf = ({ name, environmentId }: { readonly name: string; readonly environmentId: string }) =>
  JSON.stringify({ remindOf: { name, environmentId } });
const handle = (bodies: readonly string[]) => scalingAlarmRaised(bodies, { ...world.ports, pool: testPool });

describe("messages of the scaling queue", () => {
  it("have their environments' workers scaled", async () => {
    const first = await running("first");
    world.loadMetrics.measure(first, { at: start, running: 5, queued: 5, slots: 5, need: 2 });
    await handle([reminderOf(first)]);
    expect((await world.environments.get("first"))!.workers).toBe(2);
  });

  it("of an environment in trouble do not keep the others waiting, and the batch comes again", async () => {
    const [first, second] = [await running("first"), await running("second")];
    world.loadMetrics.measure(second, { at: start, running: 5, queued: 5, slots: 5, need: 2 });
    world.fail("containers.observe", new Error("ECS is away"));
    await expect(handle([reminderOf(first), reminderOf(second)])).rejects.toThrow("ECS is away");
    expect((await world.environments.get("second"))!.workers).toBe(2);
  });

  it("of one that is gone do nothing", async () => {
    await handle([reminderOf({ name: "gone", environmentId: "e0000000009" })]);
    expect(world.calls.filter((call) => call.startsWith("containers."))).toEqual([]);
  });
});

describe("the schedule of scaling", () => {
  it("sends one message at once for each environment that scales now, and looks at none itself", async () => {
    await running("first");
    await running("busy", "UPDATING");
    await running("second");
    await reconcileScaling(world.ports);
    expect(world.reminders.sent.map(({ name, delaySeconds }) => [name, delaySeconds])).toEqual([
      ["first", 0],
      ["second", 0],
    ]);
    expect(world.calls.filter((call) => call.startsWith("containers.observe"))).toEqual([]);
  });

  it("fails when a message could not be sent: its next run sends them all again", async () => {
    await running("first");
    world.fail("reminders.remind", new Error("SQS is away"));
    await expect(reconcileScaling(world.ports)).rejects.toThrow("SQS is away");
  });
});
