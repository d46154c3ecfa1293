// The files of an earlier release go live under a new number: manifest, history, then the pointer.
import { rollBack } from "../domain/candidate.ts";
import type { EnvironmentItem, ReleaseItem } from "../domain/items.ts";
import { contentOf, type Manifest } from "../domain/release.ts";
import { type HistoryEntry, onVersion } from "../domain/release-history.ts";
import { droppedCandidate, isRepeatedRollback } from "../domain/release-rollback.ts";
import type { Clock } from "../ports/clock.ts";
import { publishControl } from "./control-publisher.ts";
import { sha256 } from "./digest.ts";
import { logger } from "./logger.ts";
import { needManifest, type ReleasePorts } from "./release-lookup.ts";
import { moveRelease } from "./release-publisher.ts";

interface Ports extends ReleasePorts {
  readonly clock: Clock;
  readonly by: string;
}

/**
 * The history of what runs where it is the result of this very request: its answer was lost. What may have been cut off
 * behind the pointer is made up for.
 */
export async function repeatedRollback(
  environment: EnvironmentItem,
  item: ReleaseItem,
  number: number,
  ports: ReleasePorts,
): Promise<HistoryEntry | undefined> {
  const history = await ports.controlBucket.getHistory(environment.names.prefix, item.release.number);
  if (!history || !isRepeatedRollback(item, history, number)) return undefined;
  await publishControl({ environmentName: environment.name, environmentId: environment.environmentId }, ports);
  return history;
}

/** Whether the files of a manifest are what runs. */
export async function runsAlready(
  environment: EnvironmentItem,
  { release }: ReleaseItem,
  key: string,
  { controlBucket }: ReleasePorts,
): Promise<boolean> {
  if (key === release.manifest) return true;
  return contentOf((await needManifest(environment, key, controlBucket)).files, sha256).hash === release.contentHash;
}

/**
 * @param key the target's manifest, below the prefix
 * @param to its number
 * @returns `lost` when anything about the environment's releases changed since `item` was read
 * @throws InvalidRequest when those files are what runs
 */
export async function serveAgain(
  environment: EnvironmentItem,
  item: ReleaseItem,
  { key, to }: { readonly key: string; readonly to: number },
  ports: Ports,
): Promise<{ readonly item: ReleaseItem; readonly history: HistoryEntry } | "lost" | "gone"> {
  const { controlBucket } = ports;
  const { prefix } = environment.names;
  const read = (manifest: string) => needManifest(environment, manifest, controlBucket);
  const [target, base] = await Promise.all([read(key), read(item.release.manifest)]);
  const now = ports.clock.now();
  const next = rollBack(item, { target, base }, { digest: sha256, now, by: ports.by, to });
  await controlBucket.putManifest(prefix, next.item.release.manifest, next.manifest);
  const history = onVersion(next.history, environment);
  await controlBucket.putHistory(prefix, history);
  const written = await moveRelease(environment, next.item, item.generation, ports);
  if (written !== "moved") return written;
  await completeHistory(environment, item, history, { ...ports, base, target: to });
  logger.info("rolled back", { environment: environment.name, release: next.item.release.id, to: target.id });
  return { ...next, history };
}

/**
 * Who lost the race may have written an entry of this number, or settled the candidate, after we had looked: the winner's
 * word is written last. Killed before it, the history lacks the candidate's end, no more.
 */
async function completeHistory(
  environment: EnvironmentItem,
  before: ReleaseItem,
  own: HistoryEntry,
  { controlBucket, environments, base, target }: Ports & { readonly base: Manifest; readonly target: number },
): Promise<void> {
  const { name, environmentId, names } = environment;
  const { candidate } = before;
  await controlBucket.putHistory(names.prefix, own);
  const made = candidate && (await controlBucket.getManifest(names.prefix, candidate.manifest));
  if (made) {
    const manifests = { candidate: made, base };
    const end = { now: own.settledAt, number: target };
    await controlBucket.putHistory(
      names.prefix,
      onVersion(droppedCandidate(candidate, before, manifests, end), environment),
    );
  }
  const current = await environments.get(name);
  // a delete may have emptied the prefix meanwhile, which is never used again
  if (current?.environmentId !== environmentId || current.status === "DELETING")
    await controlBucket.empty(names.prefix);
}
