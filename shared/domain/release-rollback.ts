// May an environment go back to an earlier release? And what becomes of a candidate that is in the way.
import { HangarError } from "./errors.ts";
import type { Candidate, EnvironmentItem, ReleaseItem } from "./items.ts";
import type { Manifest } from "./release.ts";
import { changesBetween, type HistoryEntry } from "./release-history.ts";
import { takesReleases } from "./source-events.ts";

/** @throws EnvironmentUnusable where nothing runs that could take a release */
export function canRollBack(environment: Pick<EnvironmentItem, "name" | "status">): void {
  if (takesReleases(environment)) return;
  const { name, status } = environment;
  const instead =
    status === "CREATING"
      ? "Wait until it is made."
      : "It takes no release any more; delete it, or wait until it is gone.";
  throw new HangarError(
    "EnvironmentUnusable",
    `Environment ${name} has status ${status} and cannot be rolled back. ${instead}`,
  );
}

/**
 * Whether what runs is already a rollback to this number: the same request once more, whose answer was lost. What runs
 * for any other reason is no repeat, also with the same files (`rollBack` refuses that).
 */
export const isRepeatedRollback = (
  { release }: Pick<ReleaseItem, "release">,
  history: HistoryEntry | undefined,
  number: number,
): boolean => history?.id === release.id && history.rollbackOf === number;

/**
 * Only what ran once runs again.
 * @param entry undefined of a candidate, and of what runs without an entry
 * @throws InvalidRequest
 */
export function canServeAgain(
  number: number,
  entry: HistoryEntry | undefined,
  { candidate }: Pick<ReleaseItem, "candidate">,
): void {
  const isChecked = candidate?.number === number;
  if (!isChecked && (entry === undefined || entry.outcome === "served")) return;
  const why = entry?.reason ?? "It is being checked.";
  throw new HangarError(
    "InvalidRequest",
    `Release ${number} never ran, so there is nothing to go back to: ${why} Choose one that ran: GET the list of releases.`,
  );
}

/** The history of a candidate that a rollback dropped. It was checked against `base`. */
export const droppedCandidate = (
  candidate: Candidate,
  base: Pick<ReleaseItem, "release" | "layer">,
  manifests: { readonly candidate: Manifest; readonly base: Manifest },
  { now, number }: { readonly now: number; readonly number: number },
): HistoryEntry => ({
  number: candidate.number,
  id: candidate.id,
  manifest: candidate.manifest,
  base: base.release.id,
  outcome: "refused",
  createdAt: candidate.createdAt,
  settledAt: now,
  by: candidate.by,
  reason: `Dropped while it was checked, by a rollback to release ${number}.`,
  changes: changesBetween(manifests.base.files, manifests.candidate.files),
  held: [],
  errors: [],
  leftOut: candidate.leftOut,
  rollbackOf: null,
  unchecked: true,
  check: null,
  ...(base.layer ? { layer: base.layer.layer } : {}),
});
