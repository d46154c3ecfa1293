import { beforeEach, describe, expect, it } from "vitest";
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import { executionName } from "../../shared/domain/sweep.ts";
import { planned, recordIn } from "../../shared/testing/planned.ts";
import { askToCreate, emptyWorld, testPool } from "../../state-machines/testing/requests.ts";
import { sweepOperations } from "./sweep-operations.ts";

let world: ReturnType<typeof emptyWorld>;
beforeEach(() => {
  world = emptyWorld();
});
const sweep = () => sweepOperations({ ...world.ports, pool: testPool });
const operationOf = async (name = "first") =>
  (await world.operations.get((await world.environments.get(name))!.operationId!))!;
const attempts = () => [...world.workflows.executions.values()].map(({ input }) => input.attempt);
const endCurrent = async (error?: string) =>
  world.workflows.end(executionName(await operationOf()), world.clock.now(), error);

describe("the sweeper", () => {
  it("leaves an execution that lives", async () => {
    await askToCreate(world);
    await sweep();
    expect(attempts()).toEqual([1]);
  });

  it("waits out the longest step of an ended execution, then resumes it under the next attempt's name", async () => {
    await askToCreate(world);
    await endCurrent();
    world.clock.advance(59_999);
    await sweep();
    expect(attempts()).toEqual([1]);
    world.clock.advance(1);
    await sweep();
    expect(attempts()).toEqual([1, 2]);
    expect(await operationOf()).toMatchObject({ attempt: 2, idleAttempts: 1, attemptStartedAt: world.clock.now() });
  });

  it("resumes without the lease of the hand it has waited out: the next attempt need not wait for it again", async () => {
    await askToCreate(world);
    const operation = (await operationOf())!;
    const lease = {
      holder: "dead",
      attempt: 1,
      direction: "run",
      step: "create-queue",
      until: world.clock.now() + 600_000,
    };
    world.operations.items.set(operation.operationId, { ...operation, lease: lease as never });
    world.workflows.end(executionName(operation), world.clock.now());
    world.clock.advance(61_000);
    await sweep();
    expect(await operationOf()).toMatchObject({ attempt: 2, lease: null });
  });

  it("run twice at once raises the attempt once", async () => {
    await askToCreate(world);
    await endCurrent();
    world.clock.advance(60_000);
    await Promise.all([sweep(), sweep()]);
    expect(attempts()).toEqual([1, 2]);
  });

  it("killed between raising the attempt and starting it starts that attempt the next time", async () => {
    await askToCreate(world);
    await endCurrent();
    world.clock.advance(60_000);
    world.fail("workflows.start", new Error("killed"));
    await sweep();
    expect(await operationOf()).toMatchObject({ attempt: 2 });
    await sweep();
    expect(attempts()).toEqual([1, 2]);
    expect(await operationOf()).toMatchObject({ attempt: 2, idleAttempts: 1, attemptStartedAt: world.clock.now() });
  });

  it("after three attempts that achieved nothing asks for a person, with the reason in the record", async () => {
    await askToCreate(world);
    for (let attempt = 1; attempt <= 4; attempt++) {
      await endCurrent();
      world.clock.advance(60_000);
      await sweep();
    }
    expect(attempts()).toEqual([1, 2, 3, 4]);
    expect(await world.environments.get("first")).toMatchObject({
      status: "CREATE_FAILED",
      operationId: null,
      lastUpdate: { status: "FAILED", error: { message: expect.stringContaining("needs a person") } },
    });
  });

  it.each(["States.DataLimitExceeded", "States.Runtime"])(
    "marks an execution that ended with %s Stuck at once",
    async (error) => {
      await askToCreate(world);
      await endCurrent(error);
      await sweep();
      expect(await world.environments.get("first")).toMatchObject({ status: "CREATE_FAILED", operationId: null });
      expect(attempts()).toEqual([1]);
    },
  );

  it("killed between the operation's end and the record's writes the record the next time", async () => {
    await askToCreate(world);
    await endCurrent("States.Runtime");
    world.fail("environments.settle", new Error("killed"));
    await sweep();
    expect(await world.environments.get("first")).toMatchObject({ status: "CREATING" });
    await sweep();
    expect(await world.environments.get("first")).toMatchObject({ status: "CREATE_FAILED", operationId: null });
  });

  it("goes on to the next operation when one cannot be swept", async () => {
    world.fail("workflows.start", new Error("throttled"), 2);
    for (const Name of ["first", "second"]) await askToCreate(world, { Name }).catch(() => undefined);
    world.fail("workflows.describe", new Error("throttled"));
    await sweep();
    expect([...world.workflows.executions.keys()]).toEqual([executionName(await operationOf("second"))]);
    await sweep();
    expect(world.workflows.executions.size).toBe(2);
  });

  it("has nothing to do with an environment that has no operation in flight", async () => {
    await sweep();
    expect(world.calls.filter((call) => call.startsWith("workflows"))).toEqual([]);
  });
});

describe("services an update has replaced", () => {
  const [service] = (planned().operation.plan as CreatePlan).services;
  const replaced = async (name: string, changes: Parameters<typeof recordIn>[1] = {}) => {
    await world.environments.create(recordIn("AVAILABLE", { name, retired: [`${name}-old`], ...changes }));
    for (const kind of ["old", "new"])
      await world.containers.deploy({ ...service!, name: `${name}-${kind}` }, "arn", null);
  };
  const services = () => [...world.containers.services.keys()];

  it("are removed once no operation is at work, and taken off the record", async () => {
    await replaced("first");
    await sweep();
    expect(services()).toEqual(["first-new"]);
    expect((await world.environments.get("first"))!.retired).toEqual([]);
    const before = world.calls.length;
    await sweep();
    expect(world.calls.slice(before)).toEqual(["environments.all"]);
  });

  it("wait while an operation is at work: its own last steps remove them", async () => {
    await askToCreate(world);
    const environment = (await world.environments.get("first"))!;
    world.environments.items.set("first", { ...environment, retired: ["first-old"] });
    await world.containers.deploy({ ...service!, name: "first-old" }, "arn", null);
    await sweep();
    expect(services()).toEqual(["first-old"]);
  });

  it("that cannot be removed stay listed, do not keep others waiting, and are removed the next time", async () => {
    await replaced("first");
    await replaced("second");
    world.fail("containers.remove", new Error("throttled"));
    await sweep();
    expect(services()).toEqual(["first-old", "first-new", "second-new"]);
    await sweep();
    expect(services()).toEqual(["first-new", "second-new"]);
  });
});
