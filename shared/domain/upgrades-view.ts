// Where an environment's Airflow version can go, as the API shows it: every other version, reachable or not, and what
// becomes of the environment's configuration options there. Extension of the MWAA API.
import { optionWarnings, type OptionWarning, type Options, warningView } from "./configuration-options.ts";
import type { EnvironmentItem } from "./items.ts";
import { airflowOfferings } from "./offerings.ts";
import { renamingOf } from "./option-catalogue.ts";
import type { Pool } from "./pool.ts";
import { snapshotVersions } from "./upgrade-outcome.ts";
import { type UpgradeHop, type UpgradePath, upgradePaths } from "./upgrade-path.ts";
import { supportOf, supportView } from "./version-support.ts";

/**
 * The wire form, newest version first.
 * @param options of the environment, by name
 * @param now milliseconds since the epoch; a snapshot whose time is over leads nowhere
 */
export function upgradesView(
  environment: Pick<EnvironmentItem, "name" | "settings" | "snapshots">,
  options: Options,
  { images, now }: { readonly images: Pool["images"]; readonly now: number },
) {
  const { airflowVersion } = environment.settings;
  const paths = upgradePaths(airflowVersion, { images, snapshots: snapshotVersions(environment, now) });
  return {
    AirflowVersion: airflowVersion,
    Support: supportView(supportOf(airflowVersion, now, environment.name)),
    Upgrades: paths.map((path) => ({ ...pathView(path), ...datesOf(path.to, now), ...changesOf(path) })),
  };

  function changesOf({ kind, to }: UpgradePath) {
    return { Warnings: kind === "refused" ? [] : changedWarnings(airflowVersion, to, options).map(warningView) };
  }
}

const pathView = (path: UpgradePath) =>
  path.kind === "refused"
    ? { To: path.to, Reachable: false, Reason: path.reason, Hops: [] }
    : { To: path.to, Reachable: true, Hops: path.hops.map(hopView) };

const hopView = ({ from, to, how, reason }: UpgradeHop) => ({
  ...{ From: from, To: to, How: how === "migrate" ? "MIGRATE" : "RESTORE", Reason: reason },
});

function datesOf(version: string, now: number) {
  const offering = airflowOfferings.find((one) => one.version === version);
  return {
    ReleasedUpstream: offering?.released ?? null,
    OfferedByMwaaSince: offering?.offeredSince ?? null,
    Support: supportView(supportOf(version, now)),
  };
}

/**
 * What is to be said about options on the target and could not be said on the version that runs: an option that is
 * renamed, taken away or no longer counts by the change. What is wrong already is no matter of the upgrade.
 */
export function changedWarnings(from: string, to: string, options: Options): readonly OptionWarning[] {
  const before = new Map(optionWarnings(from, options).map((warning) => [warning.option, warning]));
  const isAsBefore = ({ option, code }: OptionWarning) =>
    before.get(option)?.code === code && (code !== "RENAMED" || counts(option, from) === counts(option, to));
  return optionWarnings(to, options).filter((warning) => !isAsBefore(warning));
}

/** Whether Airflow still takes the old name of an option it has renamed. */
const counts = (option: string, version: string): boolean => renamingOf(option, version)?.since != null;
