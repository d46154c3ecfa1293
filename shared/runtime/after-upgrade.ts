// What is left to do once the commit of an upgrade is written: the operation's last steps do it, and where they were cut off a
// schedule does. Every function is safe to repeat and to be cut off anywhere: the record says what is left until it is done.
import type { EnvironmentItem, LeftBehind } from "../domain/items.ts";
import { type DatabaseNames, metadataOf } from "../domain/plan-upgrade.ts";
import { addressOf } from "../domain/service-specs.ts";
import type { Containers } from "../ports/containers.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { DatabaseCopies } from "../ports/database-copies.ts";
import type { Databases } from "../ports/databases.ts";
import type { Environments } from "../ports/environments.ts";
import type { TaskQueues } from "../ports/task-queues.ts";
import type { WebAddresses } from "../ports/web-addresses.ts";
import { changeEnvironment } from "./change-environment.ts";
import { publishControl } from "./control-publisher.ts";

/** What opening an environment touches. */
export interface OpeningPorts {
  readonly controlBucket: ControlBucket;
  readonly databaseCopies: DatabaseCopies;
  readonly environments: Environments;
  readonly webAddresses: WebAddresses;
}

/**
 * Lets the committed generation go and opens its address; then takes the marker off the record.
 * @param live the committed generation's database and address
 * @returns the epoch of the control document that names it; undefined when the environment is gone or being deleted
 */
export async function openCommitted(
  subject: { readonly environmentName: string; readonly environmentId: string; readonly operationId: string },
  live: { readonly database: DatabaseNames; readonly address: Parameters<WebAddresses["ensure"]>[0] },
  ports: OpeningPorts,
): Promise<number | undefined> {
  const epoch = await publishControl(subject, ports);
  if (epoch === undefined) return undefined;
  await ports.databaseCopies.liftHold(live.database);
  await ports.webAddresses.ensure(live.address);
  await changeEnvironment(
    { name: subject.environmentName, environmentId: subject.environmentId },
    // a later upgrade's own marker stays
    ({ toOpen }) => (toOpen?.operationId === subject.operationId ? { toOpen: null } : undefined),
    ports,
  );
  return epoch;
}

/** The same by what the record says is live, where the operation that committed it has not opened it. */
export async function openLive(
  { name, environmentId, toOpen, names, settings }: EnvironmentItem,
  ports: OpeningPorts,
): Promise<void> {
  if (!toOpen) return;
  const live = { database: metadataOf(names), address: addressOf(names, settings.airflowVersion) };
  await openCommitted({ environmentName: name, environmentId, operationId: toOpen.operationId }, live, ports);
}

/** What removing a generation touches. */
export interface RemovalPorts {
  readonly containers: Containers;
  readonly databases: Databases;
  readonly environments: Environments;
  readonly taskQueues: TaskQueues;
  readonly webAddresses: WebAddresses;
}

/** Removes what generations that were replaced had to themselves, but for services and sealed databases, as the record lists it. */
export async function removeLeftBehind(
  subject: { readonly environmentName: string; readonly environmentId: string },
  ports: RemovalPorts,
): Promise<void> {
  const environment = await ports.environments.get(subject.environmentName);
  if (environment?.environmentId !== subject.environmentId) return;
  for (const left of environment.leftBehind ?? []) {
    await remove(left, environment.names.webHost, ports);
    await changeEnvironment(
      environment,
      ({ leftBehind = [] }) => ({
        leftBehind: leftBehind.filter(({ targetGroup }) => targetGroup !== left.targetGroup),
      }),
      ports,
    );
  }
}

async function remove({ targetGroup, queues, results, tasks }: LeftBehind, host: string, ports: RemovalPorts) {
  await ports.webAddresses.remove({ targetGroup, host });
  for (const queue of queues) await ports.taskQueues.remove(queue);
  await ports.databases.dropDatabase(results.database, results.role);
  for (const family of tasks) await ports.containers.forgetOnce(family);
}
