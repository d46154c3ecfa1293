// The one writer of control.json: strong read of the items, If-Match, rising epoch (design, section 6).
import { nextControl, projectControl } from "../domain/control-document.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { Environments } from "../ports/environments.ts";

const attempts = 5;

/**
 * Writes what the items say, if it is not there already. Safe to repeat and to run beside itself.
 * @returns the epoch that lies there afterwards, or undefined when the environment is gone, another of that
 * name, or being deleted: a document written late would outlive its emptied prefix
 * @throws Error after five lost races
 */
export async function publishControl(
  subject: { readonly environmentName: string; readonly environmentId: string },
  ports: { readonly environments: Environments; readonly controlBucket: ControlBucket },
): Promise<number | undefined> {
  for (let tries = 0; tries < attempts; tries++) {
    const environment = await ports.environments.get(subject.environmentName);
    if (environment?.environmentId !== subject.environmentId || environment.status === "DELETING") return undefined;
    const release = await ports.environments.getRelease(subject.environmentName, subject.environmentId);
    const { prefix } = environment.names;
    const current = await ports.controlBucket.getControl(prefix);
    const next = nextControl(current?.document, projectControl(environment, release));
    if (!next) return current?.document.epoch;
    if (await ports.controlBucket.putControl(prefix, next, current?.etag ?? null)) return next.epoch;
  }
  throw new Error(`The control document of ${subject.environmentName} changed ${attempts} times while it was written.`);
}
