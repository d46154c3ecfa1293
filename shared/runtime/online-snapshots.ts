// Carries a snapshot that somebody asked for to its end: looks, does the next act, looks again. Any hand may go on where another
// was cut off, and two at once do no harm: what they would disagree on is one conditional write of the record.
import type { EnvironmentItem } from "../domain/items.ts";
import type { Snapshot } from "../domain/snapshot-item.ts";
import { onlineCopyTask } from "../domain/online-copy.ts";
import { afterAct, decideOnlineSnapshot, type OnlineAct, onlineNames } from "../domain/online-snapshot.ts";
import { atRest } from "../domain/sweep.ts";
import type { Pool } from "../domain/pool.ts";
import type { CopyTask } from "../domain/upgrade-tasks.ts";
import type { Clock, Identifiers } from "../ports/clock.ts";
import type { Containers } from "../ports/containers.ts";
import type { DatabaseCopies } from "../ports/database-copies.ts";
import type { Databases } from "../ports/databases.ts";
import type { Environments } from "../ports/environments.ts";
import type { SecretVault } from "../ports/secret-vault.ts";
import { changeEnvironment } from "./change-environment.ts";
import { logger } from "./logger.ts";

export interface OnlineSnapshotPorts {
  readonly environments: Environments;
  readonly containers: Containers;
  readonly databases: Databases;
  readonly databaseCopies: DatabaseCopies;
  readonly secretVault: SecretVault;
  readonly clock: Pick<Clock, "now">;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

type Subject = Pick<EnvironmentItem, "name" | "environmentId">;

/** Acts of one call: from a finished copy to its end there are three. */
const mostActs = 4;

/** @param name the snapshot's; one that is not on the record (any more) is left alone */
export async function advanceSnapshot(subject: Subject, name: string, ports: OnlineSnapshotPorts): Promise<void> {
  for (let acts = 0; acts < mostActs; acts++) {
    const record = await ports.environments.get(subject.name);
    if (record?.environmentId !== subject.environmentId || record.status === "DELETING") return;
    const snapshot = record.snapshots?.find((one) => one.name === name);
    if (!snapshot?.copying) return;
    const copy = taskOf(record, snapshot, ports.pool);
    const seen = { atRest: atRest(record), ...(await look(snapshot, copy, ports)) };
    const decision = decideOnlineSnapshot(snapshot, seen, ports.clock.now());
    if (decision.act === "none" || decision.act === "wait") return;
    logger.info("snapshot", { environment: record.name, name, ...decision });
    await perform[decision.act]({ snapshot, copy }, ports);
    if (decision.act === "start") return;
    if (decision.act === "seal") continue;
    const now = ports.clock.now();
    const next = (one: Snapshot) =>
      one.name === name ? afterAct(one, decision, { size: seen.target?.size }, now) : one;
    await changeEnvironment(
      record,
      ({ snapshots = [] }) => ({ snapshots: snapshots.map(next).filter((one) => one !== undefined) }),
      ports,
    );
  }
}

function taskOf({ environmentId }: Subject, { name, copying }: Snapshot, pool: Pool): CopyTask {
  const { id, reader, secretName } = onlineNames(environmentId, name);
  const { source, image } = copying!;
  return onlineCopyTask({ environmentId, id, image, source, target: name, role: reader, secretName }, pool);
}

/** The task first: a copy it made last is seen then. */
async function look(snapshot: Snapshot, { task }: CopyTask, ports: OnlineSnapshotPorts) {
  return {
    task: await ports.containers.describeOnce(task.family, task.family),
    source: await ports.databaseCopies.lookAtTarget(snapshot.copying!.source),
    target: await ports.databaseCopies.lookAtTarget(snapshot.name),
  };
}

interface Subjects {
  readonly snapshot: Snapshot;
  readonly copy: CopyTask;
}

const perform: Readonly<
  Record<Exclude<OnlineAct, "wait" | "none">, (given: Subjects, ports: OnlineSnapshotPorts) => Promise<void>>
> = {
  async start({ snapshot, copy }, { containers, databaseCopies, identifiers, secretVault }) {
    await secretVault.ensure(copy.secretName, { metadataPassword: identifiers.secret(24) });
    const { metadataPassword } = await secretVault.read(copy.secretName); // of an earlier hand, perhaps
    await databaseCopies.ensureReader(copy.role, metadataPassword!, snapshot.copying!.source, snapshot.name);
    await containers.runOnce(copy.task, await secretVault.arn(copy.secretName), copy.task.family);
  },
  /** Its role never logs in: it only owns what is in it, until that is handed over again. */
  async seal({ snapshot: { name, role }, copy }, { databaseCopies, identifiers }) {
    const owned = { database: name, role };
    await databaseCopies.handOver(owned, copy.role, { password: identifiers.secret(24), connectionLimit: 1 });
    await databaseCopies.setLogin(role, false);
    // what ran goes on in the environment; in the snapshot nobody runs it
    await databaseCopies.retryInterrupted(owned, name);
    await databaseCopies.seal(owned);
    await databaseCopies.endConnections(name);
  },
  finish: ({ snapshot, copy }, ports) => forgetCopying(snapshot, copy, ports),
  // it is on the record first, so that nobody makes a snapshot of what is dropped
  fail: async () => {},
  clean: dropAll,
  forget: dropAll,
};

async function dropAll({ snapshot, copy }: Subjects, ports: OnlineSnapshotPorts): Promise<void> {
  await ports.containers.stopOnce(copy.task.family, copy.task.family);
  await ports.databases.dropDatabase(snapshot.name, snapshot.role);
  await forgetCopying(snapshot, copy, ports);
}

async function forgetCopying(snapshot: Snapshot, copy: CopyTask, ports: OnlineSnapshotPorts): Promise<void> {
  await ports.databaseCopies.dropReader(copy.role, snapshot.copying!.source);
  await ports.secretVault.remove(copy.secretName);
  await ports.containers.forgetOnce(copy.task.family);
}
