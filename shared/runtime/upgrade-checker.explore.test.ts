// Random schedules against checks of upgrades: two hands at once, hands that die between any two acts or wake late and go on with
// what they saw, outages, tasks that fail or are forgotten, and an upgrade or a failure of the environment in the middle.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createUpgradeCheck } from "../../functions/api/create-upgrade-check.ts";
import { askToUpdate, caller } from "../../state-machines/testing/requests.ts";
import { availableOnOld, upgradePool } from "../../state-machines/testing/upgrades.ts";
import type { CheckEnd } from "../domain/upgrade-check-item.ts";
import type { PortMethod } from "../testing/memory-world.ts";
import { advanceChecks, type CheckPorts } from "./upgrade-checker.ts";

// More with HANGAR_SCHEDULES=6000; npm test does. One takes as long as twenty of other explorations.
const schedules = Math.ceil(Number(process.env["HANGAR_SCHEDULES"] ?? 1_000) / 20);

const methods = [
  ...(["environments.replace", "environments.get", "containers.runOnce", "containers.describeOnce"] as const),
  ...(["containers.stopOnce", "secretVault.ensure", "secretVault.arn", "secretVault.remove"] as const),
  ...(["databaseCopies.ensureReader", "databaseCopies.handOver", "databaseCopies.dropCopy"] as const),
  ...(["databaseCopies.dropReader", "databaseCopies.lookAtTarget", "controlBucket.putLayerText"] as const),
] as const satisfies readonly PortMethod[];

type Event =
  | { readonly kind: "advance" | "both" | "wake" | "upgrade" }
  | { readonly kind: "late"; readonly afterCalls: number }
  | { readonly kind: "pass"; readonly seconds: number }
  | { readonly kind: "fault"; readonly method: PortMethod; readonly when: "before" | "after" }
  | { readonly kind: "fail"; readonly task: "copy-online" | "migrate-copy" | "check-upgrade" };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Event>({ kind: "advance" }) },
  { weight: 2, arbitrary: fc.constant<Event>({ kind: "both" }) },
  { weight: 2, arbitrary: fc.constant<Event>({ kind: "wake" }) },
  { weight: 2, arbitrary: fc.constant<Event>({ kind: "upgrade" }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("late" as const), afterCalls: fc.nat(14) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("pass" as const), seconds: fc.constantFrom(1, 10, 40, 90) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("fault" as const),
      method: fc.constantFrom(...methods),
      when: fc.constantFrom("before" as const, "after" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("fail" as const),
      task: fc.constantFrom("copy-online" as const, "migrate-copy" as const, "check-upgrade" as const),
    }),
  },
);

/** The longest a function runs: a hand that sleeps longer never wakes. */
const longestHandMilliseconds = 60_000;

it("ends whatever happens, leaves nothing, never migrates twice and never touches the live database", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 12 }), fc.boolean(), async (events, rehearse) => {
      const scene = await begin(rehearse);
      for (const one of events) await scene.play(one);
      await scene.settle();
      expect(await scene.check()).toMatchObject({ end: expect.anything(), cleared: { forGood: true } });
      expect(scene.left()).toEqual([]);
      expect(scene.rows()).toEqual(scene.rowsBefore);
    }),
    { numRuns: schedules },
  );
}, 60_000);

it("where nothing is in its way comes to a verdict", async () => {
  const scene = await begin(true);
  await scene.settle();
  expect(await scene.check()).toMatchObject({ end: { outcome: "DONE", migrationSeconds: 7 } });
});

async function begin(rehearse: boolean, cutOff = rehearse) {
  const { world, record } = await availableOnOld();
  const clean = world.leftovers();
  const ports: CheckPorts = { ...world.ports, pool: upgradePool };
  const contents = () => world.databaseCopies.contents(record.names.metadataDatabase);
  const rows = () => structuredClone({ tasks: contents().tasks, dags: [...contents().dags] });
  const rowsBefore = rows();
  // cut off as it begins: what follows may happen at any moment of a check
  if (cutOff) world.fail("secretVault.ensure", new Error("killed"));
  await createUpgradeCheck({ Name: "first", AirflowVersion: "3.3.1", Rehearse: rehearse }, ports, caller);
  const now = async () => (await world.environments.get("first"))!;
  let said: CheckEnd | undefined;
  let sleepers: { readonly since: number; readonly wake: () => void; readonly hand: Promise<void> }[] = [];

  const advance = async (through: CheckPorts = ports) =>
    advanceChecks(await now().catch(() => record), through).catch(() => undefined);

  return {
    rowsBefore,
    rows,
    check: async () => (await now()).upgradeChecks![0]!,
    left: () => world.leftovers().filter((one) => !clean.includes(one) && !one.startsWith("control object")),
    async play(one: Event): Promise<void> {
      await this.happen(one);
      const end = world.environments.items.get("first")!.upgradeChecks![0]!.end; // past the faults
      said ??= end;
      // what was told once stays so
      expect(end).toEqual(said);
    },
    async happen(one: Event): Promise<void> {
      if (one.kind === "advance") await advance();
      if (one.kind === "both") await Promise.all([advance(), advance()]);
      if (one.kind === "fault") world.fail(one.method, new Error("away"), 1, one.when);
      if (one.kind === "fail") world.containers.script.oneOffOf[one.task] = { looks: 1, exitCode: 1, reason: "failed" };
      if (one.kind === "upgrade")
        await askToUpdate(world, { AirflowVersion: "3.3.1" }, upgradePool).catch(() => undefined);
      if (one.kind === "late") {
        const { sleeping, wake } = sleeper(ports, one.afterCalls);
        const hand = advance(sleeping);
        sleepers.push({ since: world.clock.now(), wake, hand });
        await turns();
      }
      if (one.kind === "wake") {
        for (const { wake } of sleepers) wake();
        await Promise.all(sleepers.map(({ hand }) => hand));
        sleepers = [];
      }
      if (one.kind === "pass") {
        world.clock.advance(one.seconds * 1000);
        sleepers = sleepers.filter(({ since }) => world.clock.now() - since < longestHandMilliseconds);
      }
    },
    async settle(): Promise<void> {
      for (let time = 0; time < 60; time++) {
        // who sleeps wakes in the middle, as late as may be
        if (time === 5) await this.play({ kind: "wake" });
        await advance();
        if (time > 6) world.heal();
        await this.play({ kind: "pass", seconds: 10 });
      }
    },
  };
}

/** Lets everything that can go on go on. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
}

/** The same ports, but the hand that uses them falls asleep before one of its calls. */
function sleeper(ports: CheckPorts, afterCalls: number) {
  let calls = 0;
  let wake = () => {};
  const awake = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const wrap = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== "function") return member;
        return async (...given: unknown[]) => {
          if (calls++ === afterCalls) await awake;
          return (member as (...given: unknown[]) => unknown).apply(target, given);
        };
      },
    });
  const sleeping: CheckPorts = {
    ...ports,
    environments: wrap(ports.environments),
    containers: wrap(ports.containers),
    controlBucket: wrap(ports.controlBucket),
    databaseCopies: wrap(ports.databaseCopies),
    secretVault: wrap(ports.secretVault),
  };
  return { sleeping, wake };
}
