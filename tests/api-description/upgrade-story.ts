// The part of the story that is about another Airflow version: its dry run, the operation that changes it, and what it leaves.
import type { AllPorts } from "../../shared/testing/memory-world.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { availableOnOld, upgradePool } from "../../state-machines/testing/upgrades.ts";
import type { Pool } from "../../shared/domain/pool.ts";

type Ask = (
  route: string,
  request: object,
  example: string | undefined,
  ports: AllPorts & { pool: Pool },
) => Promise<void>;
const one = "/environments/{Name}";

/** Tells it of an environment of its own, with a task that runs when the upgrade begins and does not finish in time. */
export async function upgradeAnother(ask: Ask): Promise<void> {
  const { world } = await availableOnOld();
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
}
