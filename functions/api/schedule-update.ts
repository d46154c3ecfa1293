// Extension: POST /environments/{Name}/pending. Asks for a change in the next maintenance window instead of now.
import { ScheduleUpdateRequest } from "../../shared/domain/extension-requests.ts";
import { notFound } from "../../shared/domain/gates.ts";
import { maintenanceView } from "../../shared/domain/window-view.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { type NotingPorts, notePending } from "../../shared/runtime/pending-updates.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";

export const handler = apiHandler(ScheduleUpdateRequest, scheduleUpdate, () => ({
  environments: environments(),
  operations: operations(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/**
 * Judges the request as UpdateEnvironment does, and notes it. Safe to repeat.
 * @throws what UpdateEnvironment would throw, PendingChangeExists
 */
export async function scheduleUpdate(
  { MayOverrun = false, ...request }: ScheduleUpdateRequest,
  ports: NotingPorts,
  caller: Caller,
) {
  const noted = await notePending(request, { waitsFor: "window", mayOverrun: MayOverrun }, ports, caller);
  if (!noted) throw notFound(request.Name);
  return { Maintenance: maintenanceView(noted, ports.pool, ports.clock.now()) };
}
