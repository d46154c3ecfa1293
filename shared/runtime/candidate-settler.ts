// From a candidate's check to what runs: decide, write what the next item names, move the pointer, look at the bucket again.
import { brokenDagPolicy, settleCandidate } from "../domain/candidate.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import type { SyncFacts } from "../domain/pool.ts";
import { onVersion } from "../domain/release-history.ts";
import { liveReportSeconds } from "../domain/reports.ts";
import type { Clock } from "../ports/clock.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import { sha256 } from "./digest.ts";
import { logger } from "./logger.ts";
import { moveRelease, type PublisherPorts, publishRelease } from "./release-publisher.ts";

export interface SettlerPorts extends PublisherPorts {
  readonly sync: SyncFacts;
}

const lookMilliseconds = 100;
/** Races for the pointer that may be lost before it is left to the schedule. */
const mostRounds = 3;

/**
 * Settles the environment's candidate when its check has come (or its time is over), then makes a candidate of what
 * reached the bucket meanwhile. Safe to repeat and to run beside itself: one of two wins the pointer.
 */
export async function settleRelease(environment: EnvironmentItem, ports: SettlerPorts): Promise<void> {
  for (let round = 0; round < mostRounds; round++) {
    const outcome = await settleOnce(environment, ports);
    if (outcome !== "lost") return;
  }
}

async function settleOnce(environment: EnvironmentItem, ports: SettlerPorts): Promise<"settled" | "none" | "lost"> {
  const { name, environmentId, names, tags } = environment;
  const { controlBucket, clock, sync } = ports;
  const item = await ports.environments.getRelease(name, environmentId);
  if (!item?.candidate) return "none";
  const { candidate } = item;
  const [made, base, check] = await Promise.all([
    controlBucket.getManifest(names.prefix, candidate.manifest),
    controlBucket.getManifest(names.prefix, item.release.manifest),
    controlBucket.getCheck(names.prefix, candidate.id),
  ]);
  if (!made || !base)
    throw new Error(`A manifest of ${name} is gone: ${candidate.manifest} or ${item.release.manifest}.`);
  const settlement = settleCandidate({ ...item, candidate }, { candidate: made, base }, check, {
    digest: sha256,
    now: clock.now(),
    policy: brokenDagPolicy(tags),
    deadlineSeconds: sync.candidateSeconds,
  });
  if (settlement.kind === "wait") return "none";
  if (check && settlement.history.outcome === "served")
    await untilStaged(candidate.id, check.at * 1000, names.prefix, { controlBucket, clock, sync });
  const { manifest, history } = settlement;
  if (manifest) await controlBucket.putManifest(names.prefix, settlement.item.release.manifest, manifest);
  await controlBucket.putHistory(names.prefix, onVersion(history, environment));
  const written = await moveRelease(environment, settlement.item, item.generation, ports);
  if (written === "lost") return "lost";
  logger.info("candidate settled", { environment: name, candidate: candidate.id, outcome: history.outcome });
  if (written === "moved") await publishRelease(environment, ports, { by: candidate.by });
  return "settled";
}

/** All live agents have it on disk, or they had their time: then they swap together. */
async function untilStaged(
  id: string,
  since: number,
  prefix: string,
  { controlBucket, clock, sync }: { controlBucket: ControlBucket; clock: Clock; sync: SyncFacts },
): Promise<void> {
  while (clock.now() - since < sync.stagedSeconds * 1000) {
    const reports = await controlBucket.reports(prefix);
    const live = reports.filter(({ at, stopping }) => clock.now() - at * 1000 < liveReportSeconds * 1000 && !stopping);
    if (live.every(({ staged }) => staged.includes(id))) return;
    await clock.wait(lookMilliseconds);
  }
}
