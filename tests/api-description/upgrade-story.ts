// The part of the story that is about another Airflow version: its dry run, the operation that changes it, and what it leaves.
import type { AllPorts } from "../../shared/testing/memory-world.ts";
import { settleRelease } from "../../shared/runtime/candidate-settler.ts";
import { publishRelease } from "../../shared/runtime/release-publisher.ts";
import { checkAnUpgrade } from "./upgrade-check-story.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { availableOnOld, upgradePool } from "../../state-machines/testing/upgrades.ts";
import type { Pool } from "../../shared/domain/pool.ts";

type World = Awaited<ReturnType<typeof availableOnOld>>["world"];
type Ask = (
  route: string,
  request: object,
  example: string | undefined,
  ports: AllPorts & { pool: Pool },
) => Promise<void>;
const one = "/environments/{Name}";

/** Tells it of an environment of its own, with a task that runs when the upgrade begins and does not finish in time. */
export async function upgradeAnother(ask: Ask): Promise<void> {
  await checkAnUpgrade(ask);
  const { world } = await availableOnOld();
  await replaceRelease(world);
  const ports = { ...world.ports, pool: upgradePool };
  const request = { Name: "first", AirflowVersion: "3.3.1" };
  await ask(`POST ${one}/plan`, request, "plan-upgrade", ports);
  await ask(`PATCH ${one}`, request, undefined, ports);
  const OperationId = (await world.environments.get("first"))!.operationId!;
  await ask(`GET ${one}/operations/{OperationId}`, { Name: "first", OperationId }, undefined, ports);
  const { end } = await runLadder(world, "first");
  if (end !== "Succeeded") throw new Error(`The upgrade ended ${end}.`);
  await ask(`GET ${one}/operations/{OperationId}`, { Name: "first", OperationId }, "get-upgrade", ports);
  await ask(`GET ${one}`, { Name: "first" }, "get-upgraded", ports);
  await regret(world, ask, ports);
}

/** Another file goes live. */
async function replaceRelease(world: World): Promise<void> {
  const environment = (await world.environments.get("first"))!;
  const ports = { ...world.ports, sync: upgradePool.sync };
  world.sourceBuckets.upload("my-dags", "dags/second.py", "second");
  const { candidate, release } = (await publishRelease(environment, ports, { by: "anna" }))!;
  world.controlBucket.putCheck(environment.names.prefix, {
    ...{ schema: 1, candidate: candidate!.id, base: release.id, taskId: "t", at: world.clock.now() / 1000 },
    ...{ seconds: 1, state: "checked", problem: null, files: {}, held: [] },
  });
  await settleRelease(environment, ports);
}

/** And the way back: two runs that began on the new version are lost, and the version that was left is a snapshot then. */
async function regret(world: World, ask: Ask, ports: AllPorts & { pool: Pool }): Promise<void> {
  const record = (await world.environments.get("first"))!;
  const { names } = record;
  // at a time of its own, which no change of the ladder moves
  const createdAt = Date.UTC(2026, 0, 1);
  const snapshots = record.snapshots!.map((one) => ({ ...one, createdAt, expiresAt: createdAt + 7 * 86_400_000 }));
  world.environments.items.set("first", { ...record, snapshots });
  const later = world.clock.now() + 60_000;
  world.databaseCopies.contents(names.metadataDatabase).begun = { runs: [later, later], taskInstances: [later] };
  const asked = { Name: "first", Snapshot: snapshots[0]!.name };
  const restore = `POST ${one}/snapshots/{Snapshot}/restore`;
  await ask(`GET ${one}/snapshots`, { Name: "first" }, "list-snapshots", ports);
  await ask(restore, { ...asked, DryRun: true }, "plan-restore", ports);
  // the first release was replaced before the upgrade: it ran on the older version alone
  await ask(restore, { ...asked, DryRun: true, Release: 1 }, undefined, ports);
  await ask(`POST ${one}/releases/{Number}/rollback`, { Name: "first", Number: 1, DryRun: true }, undefined, ports);
  await ask(restore, asked, undefined, ports);
  const { end } = await runLadder(world, "first");
  if (end !== "Succeeded") throw new Error(`The restore ended ${end}.`);
  const pool = { ...ports.pool, images: { ...ports.pool.images, "3.3.1": { reason: "it was taken away" } } };
  await ask(`GET ${one}/snapshots`, { Name: "first" }, undefined, { ...ports, pool });
  await ask(`DELETE ${one}/snapshots/{Snapshot}`, asked, undefined, ports);
}
