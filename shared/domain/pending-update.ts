// A change that somebody asked for and that has not begun: it waits for the maintenance window, or for the end of maintenance
// that is under way. An environment has one at most. The record holds the request as it was accepted; options, which may be
// secret, lie in the control bucket.
import { HangarError } from "./errors.ts";
import { canUpdate } from "./gates.ts";
import type { EnvironmentItem, EnvironmentSettings } from "./items.ts";
import { requestText } from "./plan-create.ts";
import type { UpdateEnvironmentRequest } from "./requests.ts";

/** A request without its name, which the record has, and without options. */
export type KeptRequest = Omit<UpdateEnvironmentRequest, "Name" | "AirflowConfigurationOptions">;

/** `window`: somebody asked for the next one. `maintenance`: an UpdateEnvironment during MAINTENANCE, which starts when that ends. */
export type WaitsFor = "window" | "maintenance";

/** Times are milliseconds since the epoch. */
export interface PendingUpdate {
  readonly id: string;
  readonly request: KeptRequest;
  /** Where the options it asks for lie; null: it clears them; absent: it says nothing of options. */
  readonly configuration?: EnvironmentSettings["configuration"];
  /** sha256 of all that was asked for: the very same asked for again is the same change. */
  readonly requestHash: string;
  /** ARN of who asked. */
  readonly caller: string;
  readonly requestedAt: number;
  /** How long it was expected to take when it was asked for, with its way back. */
  readonly expectedSeconds: number;
  /** It may start even where it would not be done by the window's end. */
  readonly mayOverrun: boolean;
  readonly waitsFor: WaitsFor;
}

/** Who begins changes in windows; also LastUpdate.Source of all that maintenance did or could not do. */
export const maintenanceCaller = "hangar-maintenance";

/**
 * What the record is to hold of a request.
 * @param input.configuration where the request's options will lie; undefined when it names none
 * @param digest hex sha256 of a text
 */
export function pendingUpdate(
  input: Omit<PendingUpdate, "request" | "requestHash" | "configuration"> & {
    readonly request: UpdateEnvironmentRequest;
    readonly configuration: EnvironmentSettings["configuration"] | undefined;
  },
  digest: (text: string) => string,
): PendingUpdate {
  const { request: asked, configuration: options, ...rest } = input;
  const { Name: _name, AirflowConfigurationOptions: _options, ...request } = asked;
  const configuration = options === undefined ? {} : { configuration: options };
  const { mayOverrun, waitsFor } = rest;
  const requestHash = digest(requestText({ request, ...configuration, mayOverrun, waitsFor }));
  return { ...rest, request, ...configuration, requestHash };
}

/** The request again, with its options. Queued by MWAA, it replaces workers without waiting for their tasks (FORCED). */
export function requestOfPending(
  name: string,
  { request, configuration, waitsFor }: PendingUpdate,
  options: Readonly<Record<string, string>> | undefined,
): UpdateEnvironmentRequest {
  return {
    Name: name,
    ...request,
    ...(configuration === undefined ? {} : { AirflowConfigurationOptions: options ?? null }),
    ...(waitsFor === "maintenance" ? { WorkerReplacementStrategy: "FORCED" } : {}),
  };
}

/**
 * The environment as a change that waits is judged on: as it is once maintenance under way has ended. What that changes
 * is not known yet; so the change is judged again when it begins.
 */
export const afterMaintenance = (environment: EnvironmentItem): EnvironmentItem =>
  environment.status === "MAINTENANCE"
    ? { ...environment, status: "AVAILABLE", operationId: null, operationKind: null }
    : environment;

/**
 * What noting a change writes; undefined when the very same waits already.
 * @throws PendingChangeExists, EnvironmentBusy, EnvironmentUnusable
 */
export function notedPending(
  environment: EnvironmentItem,
  pending: PendingUpdate,
): Pick<EnvironmentItem, "pending"> | undefined {
  const { name, pending: first } = environment;
  if (first?.requestHash === pending.requestHash) return undefined;
  canUpdate(afterMaintenance(environment));
  if (!first) return { pending };
  const since = new Date(first.requestedAt).toISOString();
  throw new HangarError(
    "PendingChangeExists",
    `A change of ${name} waits already: ${first.caller} asked for it at ${since}, and one can wait at a time. Let it begin, or cancel it: npx hangar window cancel ${name} (DELETE /environments/${name}/pending).`,
  );
}

/**
 * What taking it off writes.
 * @throws PendingChangeNotFound, also when it has begun: then it is an operation
 */
export function withoutPending({ name, pending }: EnvironmentItem): Pick<EnvironmentItem, "pending"> {
  if (pending) return { pending: null };
  throw new HangarError(
    "PendingChangeNotFound",
    `No change of ${name} waits. One that has begun is an operation: npx hangar op list ${name}`,
  );
}

/**
 * An update queued during maintenance comes before one that is asked for after it.
 * @throws EnvironmentBusy until the schedule has started it
 */
export function nothingQueued({ name, pending }: EnvironmentItem): void {
  if (pending?.waitsFor !== "maintenance") return;
  throw new HangarError(
    "EnvironmentBusy",
    `An update of ${name} that was queued during maintenance is about to start. Wait for it, then update it again; or cancel it: npx hangar window cancel ${name}`,
  );
}
