// The part of the story that is about snapshots somebody asks for, and the one that outlives its environment.
import { advanceSnapshots } from "../../functions/schedules/advance-snapshots.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import type { AllPorts } from "../../shared/testing/memory-world.ts";
import { askToCreate, createRequest, emptyWorld, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";

type Ask = (
  route: string,
  request: object,
  example: string | undefined,
  ports: AllPorts & { pool: Pool },
) => Promise<void>;
const one = "/environments/{Name}";

/** Tells it of an environment of its own: one copy succeeds, one fails, and then the environment is deleted. */
export async function takeSnapshots(ask: Ask): Promise<void> {
  const world = emptyWorld();
  const ports = { ...world.ports, pool: testPool };
  await askToCreate(world);
  await runLadder(world, "first");
  const record = (await world.environments.get("first"))!;
  world.clock.advance(Date.UTC(2026, 0, 2) - world.clock.now()); // a round time, which no change of the ladder moves
  world.environments.items.set("first", { ...record, generation: 8 });
  const taken = { Name: "first", Description: "before the new warehouse" };
  await ask(`POST ${one}/snapshots`, taken, "create-snapshot", ports);
  for (let looks = 0; looks < 4; looks++) await advanceSnapshots(ports);
  world.containers.script.oneOffOf["copy-online"] = { looks: 0, exitCode: 1, reason: "Essential container exited" };
  world.clock.advance(60_000);
  await ask(`POST ${one}/snapshots`, { Name: "first" }, undefined, ports);
  for (let looks = 0; looks < 4; looks++) await advanceSnapshots(ports);
  await ask(`GET ${one}/snapshots`, { Name: "first" }, "list-asked-snapshots", ports);
  await ask(`GET ${one}`, { Name: "first" }, undefined, ports);
  await ask("GET /snapshots", {}, undefined, ports);
  await ask(`DELETE ${one}`, { Name: "first", SkipFinalSnapshot: false }, undefined, ports);
  await runLadder(world, "first");
  const [last] = await world.snapshots.all();
  const times = { createdAt: Date.UTC(2026, 0, 3), expiresAt: Date.UTC(2026, 0, 10) };
  world.snapshots.items.set(last!.name, { ...last!, ...times });
  await ask("GET /snapshots", {}, "list-all-snapshots", ports);
  const clone = { ...createRequest, Name: "second", Snapshot: last!.name, PauseDags: false };
  await ask("POST /snapshots/{Snapshot}/environments", clone, "clone-snapshot", ports);
  await ask("DELETE /snapshots/{Snapshot}", { Snapshot: last!.name }, undefined, ports);
}
