// Carries out what window-opening.ts decides for one environment. Called by the schedule; safe to repeat, to run beside itself and
// to be cut off anywhere: all that counts is one conditional write, and the sweeper starts the operation it points to.
import { describeError } from "../domain/errors.ts";
import { expectedSeconds } from "../domain/expected-seconds.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import { maintenanceCaller, type PendingUpdate, requestOfPending } from "../domain/pending-update.ts";
import type { UpdateEnvironmentRequest } from "../domain/requests.ts";
import { transitions } from "../domain/status.ts";
import {
  begunFromQueue,
  begunInWindow,
  decideOpening,
  type ExpectedSeconds,
  type Opening,
  refusedPending,
  wantsPatch,
} from "../domain/window-opening.ts";
import { acceptUpdate, type AcceptingPorts } from "./accept-update.ts";
import { changeEnvironment } from "./change-environment.ts";
import { logger } from "./logger.ts";
import { operationHistory } from "./operation-history.ts";

type Beginning = Exclude<Opening, { readonly act: "nothing" }>;

/** The change asked for, then the patch, and once more to see that neither can begin. */
const mostLooks = 3;

/**
 * Begins what is to begin now.
 * @returns why nothing did, or what did
 * @throws Error of a port; what refuses a change that waited is written into the record instead
 */
export async function maintain(seen: EnvironmentItem, ports: AcceptingPorts): Promise<string> {
  const { pending } = seen;
  // as short as can be, until its plan is known
  let expected: ExpectedSeconds = {
    ...(pending ? { pending: pending.expectedSeconds } : {}),
    patch: wantsPatch(seen, ports.pool) ? 0 : null,
  };
  let reason = "";
  for (let looks = 0; looks < mostLooks; looks++) {
    const opening = decideOpening(seen, expected, ports.clock.now());
    if (opening.act === "nothing") return opening.reason;
    try {
      return await begin(seen, opening, expected, ports);
    } catch (error) {
      if (!isNotNow(error)) return await refused(seen, opening, error, ports);
      reason = error.message;
      expected = error.expected;
    }
  }
  return reason;
}

async function begin(
  seen: EnvironmentItem,
  opening: Beginning,
  expected: ExpectedSeconds,
  ports: AcceptingPorts,
): Promise<string> {
  const { name } = seen;
  const history = await operationHistory(name, ports);
  const request = await requestOf(seen, opening.pending, ports);
  const caller = { arn: opening.pending?.caller ?? maintenanceCaller };
  let { reason } = opening;
  const { operation } = await acceptUpdate(request, ports, caller, (decision) => {
    const known = { ...expected, [opening.pending ? "pending" : "patch"]: expectedSeconds(decision.plan, history) };
    const again = judged(decision.before, opening, known, ports);
    reason = again.reason;
    return again.act === "open" ? begunInWindow(decision, again) : begunFromQueue(decision);
  });
  const { operationId, window } = operation;
  logger.info("maintenance begins", { environment: name, operationId, window, reason });
  return reason;
}

/** The decision anew, on the record that is about to be replaced, with the time its plan takes. @throws NotNow */
function judged(
  before: EnvironmentItem,
  opening: Beginning,
  expected: ExpectedSeconds,
  ports: AcceptingPorts,
): Beginning {
  const patch = wantsPatch(before, ports.pool) ? expected.patch : null;
  const again = decideOpening(before, { ...expected, patch }, ports.clock.now());
  if (again.act === "nothing") throw notNow(again.reason, { ...expected, patch });
  if (again.act !== opening.act || again.pending?.id !== opening.pending?.id)
    throw notNow("another change waits by now", { ...expected, patch });
  return again;
}

/** @throws Error where the options it asks for are not where they were laid: without them it would be another request */
async function requestOf(
  { name, names }: EnvironmentItem,
  pending: PendingUpdate | null,
  { controlBucket }: Pick<AcceptingPorts, "controlBucket">,
): Promise<UpdateEnvironmentRequest> {
  // an update that names nothing brings the newer image, and the layer made again for it
  if (!pending) return { Name: name, WorkerReplacementStrategy: "GRACEFUL" };
  const { configuration } = pending;
  const options = configuration && (await controlBucket.getConfiguration(names.prefix, configuration.key));
  if (configuration && !options)
    throw new Error(`${configuration.key} of ${name} is gone: a change that waits needs it.`);
  return requestOfPending(name, pending, options ?? undefined);
}

/**
 * What a caller could have cured ends the change that waited, once: LastUpdate says why. What will pass leaves it waiting. Nobody
 * waits for a patch: the log says why it does not begin.
 */
async function refused(seen: EnvironmentItem, { pending }: Beginning, error: unknown, ports: AcceptingPorts) {
  const { whoActs, code, message } = describeError(error);
  const passes = ["EnvironmentBusy", "EnvironmentUnusable", "EnvironmentNotFound", "ConcurrentChange"].includes(code);
  if (passes) return message;
  if (whoActs !== "caller") throw error;
  const { name, environmentId } = seen;
  logger.warn("maintenance does not begin", { environment: name, code, reason: message });
  if (pending)
    await changeEnvironment({ name, environmentId }, (now) => ended(now, pending, { code, message }, ports), ports);
  return message;
}

function ended(
  environment: EnvironmentItem,
  { id }: PendingUpdate,
  error: { readonly code: string; readonly message: string },
  { clock }: Pick<AcceptingPorts, "clock">,
): Partial<EnvironmentItem> | undefined {
  // LastUpdate belongs to an operation that is in flight, and to the person who helps
  const isFree = transitions[environment.status]?.["update-accepted"] !== undefined;
  return isFree && environment.pending?.id === id ? refusedPending(error, clock.now()) : undefined;
}

interface NotNow extends Error {
  readonly expected: ExpectedSeconds;
}

const notNow = (reason: string, expected: ExpectedSeconds): NotNow =>
  Object.assign(new Error(reason), { name: "NotNow", expected });

const isNotNow = (error: unknown): error is NotNow => error instanceof Error && error.name === "NotNow";
