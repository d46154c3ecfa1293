// Which Airflow versions an environment can be brought to, over which stepping stones, and why not to the others.
import { airflowMajor, type AirflowOffering, airflowOfferings } from "./offerings.ts";
import type { Pool } from "./pool.ts";

/** One change of version, an operation of its own. */
export interface UpgradeHop {
  readonly from: string;
  readonly to: string;
  /** `migrate`: upwards, the database is migrated. `restore`: downwards, an earlier snapshot is put in place of it. */
  readonly how: "migrate" | "restore";
  readonly reason: string;
}

export type UpgradePath =
  | { readonly kind: "reachable"; readonly to: string; readonly hops: readonly UpgradeHop[] }
  | { readonly kind: "refused"; readonly to: string; readonly reason: string };

/** What the path is found with. */
export interface UpgradeFloor {
  readonly images: Pool["images"];
  /** Versions a kept snapshot of this environment was taken on. */
  readonly snapshots: readonly string[];
  /** Newest first; what Hangar knows. */
  readonly offerings?: readonly AirflowOffering[];
}

/** The series that alone can be brought from 2 to 3 (MWAA user guide, "Changing the Apache Airflow version"). */
const lastOfTwo = "2.11";
/** Older databases cannot be brought to 3 at all, and are not known here (Airflow, upgrading_to_airflow3). */
const oldest = "2.7.0";

/** Every other version Hangar knows, newest first, with the way there or the reason there is none. */
export const upgradePaths = (from: string, floor: UpgradeFloor): readonly UpgradePath[] =>
  (floor.offerings ?? airflowOfferings)
    .filter(({ version }) => version !== from)
    .map(({ version }) => upgradePath(from, version, floor));

/**
 * The way from one version to another. Upwards by migrations, stepping stones inserted; downwards by a snapshot only.
 * @returns a refusal as a sentence that says why, and what can be done instead
 */
export function upgradePath(from: string, to: string, floor: UpgradeFloor): UpgradePath {
  const refuse = (reason: string): UpgradePath => ({ kind: "refused", to, reason });
  const offerings = floor.offerings ?? airflowOfferings;
  if (from === to) return refuse(`The environment runs ${to} already.`);
  const known = offerings.some(({ version }) => version === to);
  if (!known) return refuse(`AirflowVersion '${to}' is not offered. Choose one of: ${runnable(floor).join(", ")}.`);
  if (compareVersions(to, from) < 0) return down(from, to, floor);
  if (compareVersions(from, oldest) < 0)
    return refuse(
      `Databases of versions before ${oldest} are not migrated: ${from} is too old. Create a new environment with ${to} and bring your DAGs there.`,
    );
  const unfit = unfitness(to, floor);
  if (unfit) return refuse(`${to} cannot be upgraded to: ${unfit}.`);
  if (airflowMajor(from) === airflowMajor(to) || seriesOf(from) === lastOfTwo)
    return { kind: "reachable", to, hops: [up(from, to)] };
  const stone = runnable(floor).find((version) => seriesOf(version) === lastOfTwo);
  if (!stone)
    return refuse(
      `Airflow 3 is reached from ${lastOfTwo} only, and no version of ${lastOfTwo} runs here to step on. Create a new environment with ${to}, or have an image of ${lastOfTwo} added to the pool.`,
    );
  return { kind: "reachable", to, hops: [up(from, stone), up(stone, to)] };
}

/** Negative: the first is older. Numbers are compared as numbers: 2.10 is newer than 2.9. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(".").map(Number)) as [number[], number[]];
  const at = [0, 1, 2].find((part) => (a[part] ?? 0) !== (b[part] ?? 0));
  return at === undefined ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** A database migrated upwards cannot be read by what came before; `airflow db downgrade` is not relied on. */
function down(from: string, to: string, floor: UpgradeFloor): UpgradePath {
  if (!floor.snapshots.includes(to))
    return {
      ...{ kind: "refused", to },
      reason: `${to} cannot read a database of ${from}, and no snapshot taken on ${to} is kept: there is no way down. Create a new environment with ${to}, or stay on ${from}.`,
    };
  const image = versionUnfit(to, floor.images);
  if (image)
    return { kind: "refused", to, reason: `A snapshot of ${to} is kept, but it cannot be restored: ${image}.` };
  const reason = `The database goes back to the newest snapshot taken on ${to}: what was written since is lost.`;
  return { kind: "reachable", to, hops: [{ from, to, how: "restore", reason }] };
}

const up = (from: string, to: string): UpgradeHop => ({
  ...{ from, to, how: "migrate" },
  reason:
    airflowMajor(from) === airflowMajor(to)
      ? "A copy of the database is migrated; the original is kept as a snapshot."
      : `Airflow 3 is reached from ${lastOfTwo} only; a copy of the database is migrated, the original is kept as a snapshot.`,
});

const runnable = (floor: UpgradeFloor): readonly string[] =>
  (floor.offerings ?? airflowOfferings).map(({ version }) => version).filter((version) => !unfitness(version, floor));

/** Why nothing may be upgraded to a version here, without a full stop; undefined: it may. */
function unfitness(version: string, floor: UpgradeFloor): string | undefined {
  const offering = (floor.offerings ?? airflowOfferings).find((one) => one.version === version);
  return offering?.notCreatable ?? versionUnfit(version, floor.images);
}

/** Why a version cannot run here at all, without a full stop; undefined: it can. */
export function versionUnfit(version: string, images: Pool["images"]): string | undefined {
  const image = images[version];
  if (!image) return "this pool has no image of it";
  return "image" in image ? undefined : image.reason.replace(/\.$/, "");
}

const seriesOf = (version: string): string => version.split(".").slice(0, 2).join(".");
