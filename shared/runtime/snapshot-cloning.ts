// What the create ladder does to its metadata database where that is made of a snapshot: a one-off task copies it, then it is
// handed over, with what waits in it named anew.
import type { CreatePlan } from "../domain/plan-create.ts";
import type { ClonePlan } from "../domain/clone.ts";
import { metadataOf } from "../domain/plan-upgrade.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { Identifiers } from "../ports/clock.ts";
import type { Containers } from "../ports/containers.ts";
import type { DatabaseCopies } from "../ports/database-copies.ts";
import type { SecretVault } from "../ports/secret-vault.ts";

/** A plan with a snapshot to copy. */
export type CloningPlan = CreatePlan & { readonly from: ClonePlan };

export const isCloning = (plan: CreatePlan): plan is CloningPlan => plan.from !== undefined;

interface Ports {
  readonly containers: Containers;
  readonly databaseCopies: DatabaseCopies;
  readonly secretVault: SecretVault;
}

/** Safe to repeat: a copy that is there is whole. */
export async function startCloning(
  { from: { copying }, names }: CloningPlan,
  { containers, databaseCopies, identifiers, secretVault }: Ports & { readonly identifiers: Identifiers },
): Promise<void> {
  if (await databaseCopies.lookAtTarget(names.metadataDatabase)) return;
  await secretVault.ensure(copying.secretName, { metadataPassword: identifiers.secret(24) });
  const { metadataPassword } = await secretVault.read(copying.secretName); // of an earlier hand, perhaps
  await databaseCopies.ensureCopier(copying.role, metadataPassword!);
  await containers.runOnce(copying.task, await secretVault.arn(copying.secretName), copying.task.family);
}

/** The task first: a copy it made last is seen then. */
export async function lookAtCloning(
  { from: { copying, database }, names }: CloningPlan,
  { containers, databaseCopies }: Omit<Ports, "secretVault">,
): Promise<Verdict> {
  const task = await containers.describeOnce(copying.task.family, copying.task.family);
  if (task.state === "running") return { verdict: "notYet", reason: `snapshot ${database} is being copied` };
  if (await databaseCopies.lookAtTarget(names.metadataDatabase))
    return { verdict: "ready", reason: `snapshot ${database} is copied` };
  if (task.state === "missing") return { verdict: "notYet", reason: "its copying is not to be seen yet" };
  const how = `exit code ${task.exitCode ?? "unknown"}: ${task.reason}`;
  return { verdict: "failed", reason: `The copying of snapshot ${database} ended with ${how}` };
}

/** Safe to repeat. */
export async function finishCloning(
  { from, names, databaseConnections }: CloningPlan,
  password: string,
  { containers, databaseCopies, secretVault }: Ports,
): Promise<void> {
  const copy = metadataOf(names);
  await databaseCopies.handOver(copy, from.role, { password, connectionLimit: databaseConnections });
  await databaseCopies.dropCopier(from.copying.role);
  await secretVault.remove(from.copying.secretName);
  await containers.forgetOnce(from.copying.task.family);
  await databaseCopies.requeueTasks(copy, { from: from.queue, to: names.queue });
  await databaseCopies.settleClone(copy, from.pauseDags ? "for good" : "until lifted");
}

/** Whether its copying never began, goes on or has ended: without its role no statement brings a copy late. */
export async function undoCloning(
  { from: { copying }, names }: CloningPlan,
  { containers, databaseCopies, secretVault }: Ports,
): Promise<void> {
  await containers.stopOnce(copying.task.family, copying.task.family);
  await databaseCopies.dropCopier(copying.role);
  await databaseCopies.dropCopy(metadataOf(names));
  await secretVault.remove(copying.secretName);
  await containers.forgetOnce(copying.task.family);
}
