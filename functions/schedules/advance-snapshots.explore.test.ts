// Random schedules of snapshots that are asked for: hands that are killed between any two calls or come two at a time, copies that
// fail, an upgrade that seals the database meanwhile, snapshots given up. What must hold is checked after every event.
import { describe, expect, it } from "vitest";
import { createSnapshot } from "../api/create-snapshot.ts";
import { deleteSnapshot } from "../api/delete-snapshot.ts";
import { metadataOf } from "../../shared/domain/plan-upgrade.ts";
import type { AllPorts } from "../../shared/testing/memory-world.ts";
import { askToCreate, askToDelete, emptyWorld, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { advanceSnapshots } from "./advance-snapshots.ts";

// More with HANGAR_SCHEDULES=300000; the chaos run does.
const schedules = Math.ceil(Number(process.env["HANGAR_SCHEDULES"] ?? 600) / 20);
const day = 86_400_000;
const looks = 12;

/** Mulberry32: the same seed plays the same schedule. */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ports whose calls take their time, and that die for good at one of them, before or after it was done. */
function handOf(ports: AllPorts, chance: () => number, dieAt: number) {
  const pace = chance() < 0.3 ? 150 : 10;
  let calls = 0;
  let dead = false;
  const slow =
    (method: (...given: unknown[]) => Promise<unknown>) =>
    async (...given: unknown[]) => {
      for (let turns = Math.floor(chance() * pace); turns > 0; turns--) await null;
      const last = calls++ >= dieAt;
      dead ||= last && chance() < 0.5;
      if (dead) throw new Error("killed");
      const answer = await method(...given);
      dead ||= last;
      if (dead) throw new Error("killed");
      return answer;
    };
  const wrapped = (port: object) =>
    Object.fromEntries(Object.entries(port).map(([name, one]) => [name, typeof one === "function" ? slow(one) : one]));
  const { clock, identifiers, ...others } = ports;
  const slowed = Object.fromEntries(Object.entries(others).map(([name, port]) => [name, wrapped(port)]));
  return { ...slowed, clock, identifiers, pool: testPool } as unknown as AllPorts & { pool: typeof testPool };
}

async function play(seed: number) {
  const chance = chanceOf(seed);
  const world = emptyWorld();
  await askToCreate(world);
  await runLadder(world, "first");
  const record = async () => (await world.environments.get("first"))!;
  const source = metadataOf((await record()).names);
  const row = { dagId: "etl", runId: "r", taskId: "load", mapIndex: -1, tryNumber: 1, maxTries: 0 };
  world.databaseCopies.contents(source.database).tasks.push({ ...row, state: "running", queue: "q" });
  const before = world.leftovers();
  const there = new Set<string>();

  const hand = () => handOf(world.ports, chance, chance() < 0.5 ? Math.floor(chance() * 30) : 1000);
  const advance = () => advanceSnapshots(hand());
  const ask = () => createSnapshot({ Name: "first" }, hand());
  const giveUp = async () => {
    const { snapshots = [] } = await record();
    const one = snapshots[Math.floor(chance() * snapshots.length)];
    if (!one) return;
    there.delete(one.name);
    await deleteSnapshot({ Name: "first", Snapshot: one.name }, hand());
  };
  const upgrade = async () => {
    await world.databaseCopies.seal(source);
    if (chance() < 0.5) await advance().catch(() => {});
    await world.databaseCopies.unseal(source);
  };
  const events = [advance, advance, advance, advance, ask, ask, giveUp, upgrade];
  const choose = () => events[Math.floor(chance() * events.length)]!;

  /** What is said to be there is there, sealed and whole, and stays so until it is given up. */
  const check = async () => {
    const { snapshots = [] } = await record();
    for (const { name, role, state, expiresAt } of snapshots) {
      if (state !== undefined || expiresAt <= world.clock.now()) continue;
      there.add(name);
      expect(world.databaseCopies.isSealed(name)).toBe(true);
      expect(world.databases.roles.get(role)).toMatchObject({ login: false });
      expect(world.databaseCopies.contents(name).tasks).toMatchObject([{ state: null, maxTries: 1 }]);
    }
    const kept = snapshots.filter(({ state }) => state === undefined).map(({ name }) => name);
    for (const name of there) expect(kept).toContain(name);
    expect(world.databaseCopies.contents(source.database).tasks).toMatchObject([{ state: "running", maxTries: 0 }]);
  };

  for (let turn = 0; turn < 25; turn++) {
    world.containers.script.oneOffOf["copy-online"] = {
      ...{ looks: Math.floor(chance() * 4), exitCode: chance() < 0.7 ? 0 : 1 },
      reason: "Essential container in task exited",
    };
    await Promise.allSettled(Array.from({ length: 1 + Math.floor(chance() * 3) }, () => choose()()));
    world.clock.advance(chance() < 0.1 ? 2 * 3_600_000 : 60_000);
    await check();
  }
  for (let look = 0; look < looks; look++) await advanceSnapshots({ ...world.ports, pool: testPool });
  await check();
  return { world, before, there, record };
}

const seeds = Array.from({ length: schedules }, (_, at) => at + 1);

describe("snapshots that are asked for, in random schedules", () => {
  it("end there or failed; what is there stays, and when their time is over nothing of any is left", {
    timeout: 120_000,
  }, async () => {
    let [made, failed] = [0, 0];
    for (const seed of seeds) {
      const { world, before, there, record } = await play(seed);
      const states = ((await record()).snapshots ?? []).map(({ state }) => state);
      expect(states, `seed ${seed}`).not.toContain("CREATING");
      made += there.size;
      failed += states.filter((state) => state === "FAILED").length;
      world.clock.advance(8 * day);
      await advanceSnapshots({ ...world.ports, pool: testPool });
      expect((await record()).snapshots ?? [], `seed ${seed}`).toEqual([]);
      expect(world.leftovers().toSorted(), `seed ${seed}`).toEqual(before.toSorted());
    }
    // the schedules come to both ends
    expect(made).toBeGreaterThan(schedules / 2);
    expect(failed).toBeGreaterThan(schedules / 10);
  });

  it("leave nothing when the environment is deleted in the midst of it", { timeout: 120_000 }, async () => {
    for (const seed of seeds.slice(0, Math.ceil(schedules / 5))) {
      const { world } = await play(seed);
      await createSnapshot({ Name: "first" }, { ...world.ports, pool: testPool }).catch(() => {});
      await advanceSnapshots({ ...world.ports, pool: testPool });
      await askToDelete(world);
      expect((await runLadder(world, "first")).end, `seed ${seed}`).toBe("Succeeded");
      expect(world.leftovers(), `seed ${seed}`).toEqual([]);
    }
  });
});
