// The part of the story that is about maintenance windows: a change asked for in one, windows skipped and deferred, a newer image,
// and an update that is queued.
import { openMaintenanceWindows } from "../../functions/schedules/open-maintenance-windows.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import type { AllPorts } from "../../shared/testing/memory-world.ts";
import { availableWorld } from "../../state-machines/testing/available.ts";
import { testPool } from "../../state-machines/testing/requests.ts";

type Ask = (
  route: string,
  request: object,
  example: string | undefined,
  ports: AllPorts & { pool: Pool },
) => Promise<void>;
const one = "/environments/{Name}";
const Name = "first";

/** Tells it of an environment of its own, whose window opens two days after it was made. */
export async function maintainAnother(ask: Ask): Promise<void> {
  const { world } = await availableWorld({ WeeklyMaintenanceWindowStart: "SUN:03:00" });
  const pool = { ...testPool, images: { "3.3.1": { image: "hangar/airflow:3.3.1-2" } } };
  const ports = { ...world.ports, pool };
  const change = { Name, EnvironmentClass: "mw1.medium", AirflowConfigurationOptions: { "core.parallelism": "64" } };
  await ask(`POST ${one}/pending`, { ...change, MayOverrun: true }, undefined, ports);
  await ask(`DELETE ${one}/pending`, { Name }, undefined, ports);
  await ask(`POST ${one}/pending`, change, "schedule-update", ports);
  await ask(`POST ${one}/window/skip`, { Name }, undefined, ports);
  const until = Date.UTC(2026, 0, 12, 1, 30);
  await ask(`POST ${one}/window/defer`, { Name, Until: until / 1000 }, undefined, ports);
  world.clock.advance(until - 3_600_000 - world.clock.now());
  await ask(`GET ${one}/window`, { Name }, "get-window", ports);
  world.clock.advance(3_600_000);
  await openMaintenanceWindows(ports);
  const OperationId = (await world.environments.get(Name))!.operationId!;
  await ask(`GET ${one}/operations/{OperationId}`, { Name, OperationId }, undefined, ports);
  await ask(`PATCH ${one}`, { Name, MaxWorkers: 7 }, undefined, ports);
  await ask(`GET ${one}`, { Name }, "get-maintained", ports);
}
