// An upgrade check as the record keeps it: what is checked against which version, how far it has come, and how it ended. What it
// makes is named by its id, which is on the record before anything is made, so that nothing of it is ever forgotten.
import type { Layer } from "./layer.ts";
import type { Verdict } from "./upgrade-verdict.ts";

/** In order; the first two only of a rehearsal. */
export const checkSteps = ["copy", "migrate", "try"] as const;
export type CheckStep = (typeof checkSteps)[number];

/** How a check ended. CANCELLED: something else came, and nobody waits for its answer. */
export interface CheckEnd {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: "DONE" | "FAILED" | "CANCELLED";
  readonly reason: string;
  /** Null unless DONE. */
  readonly verdict: Verdict | null;
  readonly blocking: number;
  readonly warnings: number;
  /** What Airflow's own migration of the copy took; null where none was rehearsed to its end. */
  readonly migrationSeconds: number | null;
}

/** Times are milliseconds since the epoch. */
export interface UpgradeCheck {
  /** 26 characters of `[a-z0-9]`, random. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly rehearse: boolean;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Of the version it is about. */
  readonly image: string;
  /** What is checked, frozen: the release that ran; null before the first. */
  readonly release: { readonly id: string; readonly number: number; readonly manifest: string } | null;
  readonly layer: Layer | null;
  /** The database that is copied. */
  readonly source: string;
  /** sha256 of the configuration options; null: none. */
  readonly configuration: string | null;
  /** When each step was begun: written before anything of it is made. */
  readonly begun: Readonly<Partial<Record<CheckStep, number>>>;
  /** The copy is whole. */
  readonly copied?: { readonly at: number; readonly bytes: number };
  /** The copy is migrated. */
  readonly migrated?: { readonly at: number; readonly seconds: number };
  /** Why copy or migration failed: then DAGs are tried without the copy. */
  readonly rehearsalFailure?: string;
  /** Absent: it goes on. */
  readonly end?: CheckEnd;
  /** When all it made was removed: once at its end, and for certain when no hand of before can be at work any more. */
  readonly cleared?: { readonly at: number; readonly forGood: boolean };
}

/** So many are kept on the record, the newest first. */
export const mostChecks = 5;

/** Everything a check may make outside of the control bucket. */
export interface CheckNames {
  /** Login role of the copying; it owns the copy until that is handed over. */
  readonly reader: string;
  readonly secretName: string;
  readonly copy: { readonly database: string; readonly role: string };
  /** Tells its copying from others, in the family of that task. */
  readonly copyId: string;
  readonly copyFamily: string;
  /** Families of one-off tasks, each its own start token too. */
  readonly migrateFamily: string;
  readonly tryFamily: string;
}

export function checkNames(environmentId: string, { id }: Pick<UpgradeCheck, "id">): CheckNames {
  const short = id.slice(-10);
  const database = `hangar_${environmentId}_check_${short}`;
  return {
    reader: `${database}_reader`,
    secretName: `hangar/copies/${environmentId}-check-${short}`,
    copy: { database, role: database },
    copyId: `check-${short}`,
    copyFamily: `hangar-${environmentId}-online-check-${short}`,
    migrateFamily: `hangar-${environmentId}-check-migrate-${short}`,
    tryFamily: `hangar-${environmentId}-check-try-${short}`,
  };
}

/** Keys below the environment's prefix. */
export const checkRequestKey = (id: string): string => `upgrade-checks/${id}/request.json`;
export const checkResultKey = (id: string): string => `upgrade-checks/${id}/result.json`;
/** Beside the release it was made on, which the report names. */
export const checkReportKey = ({ id, release }: Pick<UpgradeCheck, "id" | "release">): string =>
  `releases/${release?.id ?? "none"}.upgrade-checks/${id}.json`;

/** One that has not ended. */
export const runningCheck = (checks: readonly UpgradeCheck[] | undefined): UpgradeCheck | undefined =>
  checks?.find(({ end }) => end === undefined);

/** Whose remains are still to be removed, or are being. */
export const openChecks = (checks: readonly UpgradeCheck[] | undefined): readonly UpgradeCheck[] =>
  (checks ?? []).filter(({ cleared }) => !cleared?.forGood);

/** The same list with one of them changed. */
export const withCheck = (
  checks: readonly UpgradeCheck[] | undefined,
  id: string,
  changes: Partial<UpgradeCheck>,
): readonly UpgradeCheck[] => (checks ?? []).map((one) => (one.id === id ? { ...one, ...changes } : one));
