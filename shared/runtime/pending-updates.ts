// Notes a change that is not to begin at once: judged now, so that what is wrong with it is refused now; kept on the record until a
// schedule begins it.
import { expectedSeconds } from "../domain/expected-seconds.ts";
import { notFound } from "../domain/gates.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import { afterMaintenance, notedPending, pendingUpdate, type WaitsFor } from "../domain/pending-update.ts";
import { configurationOf } from "../domain/plan-create.ts";
import type { UpdateEnvironmentRequest } from "../domain/requests.ts";
import { fitsSomeWindow } from "../domain/window-opening.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { Operations } from "../ports/operations.ts";
import type { Caller } from "./api-handler.ts";
import { changeEnvironment } from "./change-environment.ts";
import { sha256 } from "./digest.ts";
import { operationHistory } from "./operation-history.ts";
import { type DecisionPorts, decideUpdate } from "./update-decision.ts";

export interface NotingPorts extends DecisionPorts {
  readonly operations: Operations;
  readonly controlBucket: ControlBucket;
}

/**
 * Safe to repeat: the very same request is the same change. Its options are laid down before the record names them; where this
 * is cut off they are an object that nothing names, which goes with the environment.
 * @param how.mayOverrun it may start where it would not be done by the window's end
 * @returns the record that holds it; undefined where it was to wait for maintenance to end and none is under way (any more)
 * @throws EnvironmentNotFound, PendingChangeExists, or why the change may not proceed
 */
export async function notePending(
  request: UpdateEnvironmentRequest,
  how: { readonly waitsFor: WaitsFor; readonly mayOverrun: boolean },
  ports: NotingPorts,
  caller: Caller,
): Promise<EnvironmentItem | undefined> {
  const { before, plan } = await decideUpdate(request, ports, caller, afterMaintenance);
  const options = request.AirflowConfigurationOptions;
  const pending = pendingUpdate(
    {
      request,
      configuration: options === undefined ? undefined : configurationOf(request, sha256),
      id: ports.identifiers.operationId(),
      caller: caller.arn,
      requestedAt: ports.clock.now(),
      expectedSeconds: expectedSeconds(plan, await operationHistory(request.Name, ports)),
      ...how,
    },
    sha256,
  );
  if (how.waitsFor === "window") fitsSomeWindow(pending);
  if (options && pending.configuration)
    await ports.controlBucket.putConfiguration(before.names.prefix, pending.configuration.key, options);
  let ended = false;
  const { name, environmentId } = before;
  const noted = await changeEnvironment(
    { name, environmentId },
    (environment) => {
      ended = how.waitsFor === "maintenance" && environment.status !== "MAINTENANCE";
      return ended ? undefined : notedPending(environment, pending);
    },
    ports,
  );
  if (!noted) throw notFound(name);
  return ended ? undefined : noted;
}
