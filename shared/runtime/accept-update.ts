// Accepts an update: its options laid down, its operation written, the record pointed to it, its ladder started. During MAINTENANCE
// an update is queued instead.
import type { EnvironmentItem } from "../domain/items.ts";
import { nothingQueued } from "../domain/pending-update.ts";
import type { UpdateEnvironmentRequest } from "../domain/requests.ts";
import type { Workflows } from "../ports/workflows.ts";
import { acceptChange } from "./accept-change.ts";
import type { Caller } from "./api-handler.ts";
import { findEnvironment } from "./environment-lookup.ts";
import { type NotingPorts, notePending } from "./pending-updates.ts";
import { type DecidedUpdate, decideUpdate } from "./update-decision.ts";

export interface AcceptingPorts extends NotingPorts {
  readonly workflows: Workflows;
}

/**
 * Of two changes that come together one wins; the other is refused and has changed nothing, but for an object of options that
 * nothing names, which goes with the environment.
 * @param judge looks at each decision before it is written, and may change it; @throws what refuses it
 */
export const acceptUpdate = (
  request: UpdateEnvironmentRequest,
  ports: AcceptingPorts,
  caller: Pick<Caller, "arn">,
  judge: (decision: DecidedUpdate) => DecidedUpdate | Promise<DecidedUpdate>,
): Promise<DecidedUpdate> =>
  acceptChange(
    async () => judge(await decideUpdate(request, ports, caller)),
    ports,
    async ({ environment, plan }) => {
      const { configuration } = plan.after.settings;
      const options = request.AirflowConfigurationOptions;
      if (options && configuration)
        await ports.controlBucket.putConfiguration(environment.names.prefix, configuration.key, options);
    },
  );

const attempts = 3;

/**
 * MWAA user guide: an update that is sent during maintenance is queued until it ends, and its strategy becomes FORCED. Where
 * maintenance begins or ends between two looks, it is looked at again.
 * @returns the record: one that points to the update's operation, or that holds the update
 */
export async function acceptOrQueue(
  request: UpdateEnvironmentRequest,
  ports: AcceptingPorts,
  caller: Caller,
): Promise<EnvironmentItem> {
  for (let tries = 1; ; tries++) {
    if ((await findEnvironment(request.Name, ports)).status === "MAINTENANCE") {
      const queued = await notePending(request, { waitsFor: "maintenance", mayOverrun: false }, ports, caller);
      if (queued) return queued;
    }
    try {
      return (await acceptUpdate(request, ports, caller, whereNothingIsQueued)).environment;
    } catch (error) {
      const isBusy = error instanceof Error && error.name === "EnvironmentBusy";
      const now = isBusy && tries < attempts ? await ports.environments.get(request.Name) : undefined;
      if (now?.status !== "MAINTENANCE") throw error;
    }
  }
}

function whereNothingIsQueued(decision: DecidedUpdate): DecidedUpdate {
  nothingQueued(decision.before);
  return decision;
}
