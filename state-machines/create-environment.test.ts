import { describe, expect, it } from "vitest";
import { ladders } from "../shared/domain/ladders.ts";
import { conflictText } from "../shared/testing/memory-builder.ts";
import { type Mischief, runLadder } from "./testing/run-ladder.ts";
import { askToCreate, emptyWorld } from "./testing/requests.ts";
import { recoverable, taskStates } from "./testing/task-states.ts";

const rungs = ladders["create-environment"].rungs;
const effects = rungs.filter((rung) => rung.kind === "effect").map((rung) => rung.state);
const checks = rungs.filter((rung) => rung.kind === "check").map((rung) => rung.state);

const states = taskStates("create-environment");
const undoStates = states.filter((name) => name.startsWith("Undo"));

/** Fails late enough that everything was made, so that the whole undo half is walked. */
const lateFailure = { CheckCanary: "fails" } as const;

async function created(
  mischief: Record<string, Mischief> = {},
  canary: "success" | "failed" = "success",
  requirements = "pendulum",
) {
  const world = emptyWorld();
  world.agents.script.canary.ends = canary;
  world.sourceBuckets.upload("my-dags", "requirements.txt", requirements);
  const { Arn } = await askToCreate(world, { RequirementsS3Path: "requirements.txt" });
  const run = await runLadder(world, "first", mischief);
  return { world, run, Arn, environment: await world.environments.get("first") };
}

/** What a rolled-back create may leave: the record that says so. */
const onlyTheRecord = ["environment first"];

describe("create-environment", () => {
  it("makes an environment that is AVAILABLE, with release 1 and the control document the agents read", async () => {
    const { run, environment, world } = await created();
    expect(run).toMatchObject({ end: "Succeeded", attempts: 1 });
    expect(environment).toMatchObject({ status: "AVAILABLE", operationId: null, lastUpdate: { status: "SUCCESS" } });
    const control = await world.controlBucket.getControl(environment!.names.prefix);
    expect(control?.document).toMatchObject({ release: { number: 1 }, canary: null, workersWanted: 1 });
  });

  it("runs the layer of its requirements in every task, and the record names the object version", async () => {
    const { environment, world } = await created();
    expect(environment!.layer).toMatchObject({ files: { requirements: { versionId: "version-2", size: 8 } } });
    const keys = [...world.containers.services.values()].map(({ spec }) => spec.task.environment["HANGAR_LAYER_KEY"]);
    expect(keys).toEqual(Array(3).fill(environment!.layer!.key));
  });

  it("of requirements that conflict rolls back to nothing but the record, in the resolver's words", async () => {
    const { run, environment, world } = await created({}, "success", "conflict");
    expect(run.end).toBe("RolledBack");
    expect(environment!.lastUpdate.error).toMatchObject({
      code: "LAYER_FAILED",
      message: expect.stringContaining(`check-layer failed: ${conflictText}`),
    });
    expect(world.calls).not.toContain("containers.deploy");
    expect(world.leftovers()).toEqual(onlyTheRecord);
  });

  it("migrates a version's template once: the second environment clones it", async () => {
    const { world } = await created();
    await askToCreate(world, { Name: "second" });
    expect((await runLadder(world, "second")).end).toBe("Succeeded");
    expect([...world.containers.oneOffs.keys()].filter((token) => token.endsWith("-migrate"))).toHaveLength(1);
  });

  it("rolls back to nothing but the record when the canary fails, and says why", async () => {
    const { run, environment, world } = await created({}, "failed");
    expect(run.end).toBe("RolledBack");
    expect(environment).toMatchObject({ status: "CREATE_FAILED", operationId: null, lastUpdate: { status: "FAILED" } });
    expect(environment!.lastUpdate.error!.message).toContain(
      "check-canary failed: the canary run failed: the canary's task failed",
    );
    expect(world.leftovers()).toEqual(onlyTheRecord);
  });

  it.each(effects)("%s failing for good rolls back to nothing but the record", async (state) => {
    const { run, environment, world } = await created({ [state]: "fails" });
    expect(run.end).toBe("RolledBack");
    expect(environment?.status).toBe("CREATE_FAILED");
    expect(environment?.lastUpdate.error?.message).toContain("is broken");
    expect(world.leftovers()).toEqual(onlyTheRecord);
  });

  describe.each(recoverable)("when a forward step %s", (mischief) => {
    it.each([...effects, ...checks, "CommitOperation", "PublishControl"])(
      "%s: one environment or none, never half",
      async (state) => {
        const { run, environment, world } = await created({ [state]: mischief });
        if (run.end === "Succeeded") expect(environment).toMatchObject({ status: "AVAILABLE", operationId: null });
        else {
          expect(run.end).toBe("RolledBack");
          expect(environment).toMatchObject({ status: "CREATE_FAILED", operationId: null });
          expect(world.leftovers()).toEqual(onlyTheRecord);
        }
      },
    );
  });

  describe.each([...recoverable.filter((kind) => kind !== "becomesAZombie"), "becomesAZombie" as const])(
    "when an undo %s",
    (mischief) => {
      it.each([...undoStates, "SettleRolledBack"])("%s: nothing but the record is left", async (state) => {
        const { run, environment, world } = await created({ [state]: mischief }, "failed");
        expect(run.end).toBe("RolledBack");
        expect(environment).toMatchObject({ status: "CREATE_FAILED", operationId: null });
        expect(world.leftovers()).toEqual(onlyTheRecord);
      });
    },
  );

  it.each(undoStates)("%s failing for good ends Stuck and asks for a person", async (state) => {
    const { run, environment } = await created({ [state]: "fails" }, "failed");
    expect(run.end).toBe("Stuck");
    expect(environment).toMatchObject({ status: "CREATE_FAILED", operationId: null });
    expect(environment?.lastUpdate.error?.message).toContain("needs a person");
  });

  it("CommitOperation failing for good ends Stuck, never undone: the commit may have come through", async () => {
    const { run, world } = await created({ CommitOperation: "fails" });
    expect(run.end).toBe("Stuck");
    expect(world.leftovers()).toContain("secret hangar/environments/e0000000001");
  });

  it("enters every state of the file in these tests", async () => {
    const entered = new Set<string>();
    for (const run of [
      await created(),
      await created(lateFailure),
      await created({ UndoCreateQueue: "fails" }, "failed"),
    ])
      for (const state of run.run.entered) entered.add(state);
    expect(states.filter((state) => !entered.has(state))).toEqual([]);
  });
});
