// An upgrade check as a decision: may one begin, of what, against which version. It changes nothing of the environment.
import { HangarError } from "./errors.ts";
import type { EnvironmentItem, ReleaseItem } from "./items.ts";
import type { Pool } from "./pool.ts";
import { mostChecks, runningCheck, type UpgradeCheck } from "./upgrade-check-item.ts";
import { upgradePath } from "./upgrade-path.ts";

export interface CheckInput {
  readonly to: string;
  readonly rehearse: boolean;
  readonly release: ReleaseItem | undefined;
  readonly id: string;
  readonly caller: string;
  readonly pool: Pool;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The check a request begins, all it is about frozen.
 * @throws EnvironmentUnusable, EnvironmentBusy, VersionChangeRefused with the reason and what to do instead
 */
export function planUpgradeCheck(environment: EnvironmentItem, input: CheckInput): UpgradeCheck {
  const { to, rehearse, pool, release } = input;
  const { settings, layer } = environment;
  canCheck(environment);
  const path = upgradePath(settings.airflowVersion, to, { images: pool.images, snapshots: [] });
  if (path.kind === "refused") throw new HangarError("VersionChangeRefused", path.reason);
  const [first, ...more] = path.hops;
  if (rehearse && more.length > 0)
    throw new HangarError(
      "VersionChangeRefused",
      `Airflow ${to} is reached from ${settings.airflowVersion} over ${first!.to}: a rehearsal is of one step. Rehearse ${first!.to} first; or check ${to} without a rehearsal.`,
    );
  const image = pool.images[to]!;
  return {
    ...{ id: input.id, from: settings.airflowVersion, to, rehearse },
    createdAt: input.now,
    createdBy: input.caller,
    image: "image" in image ? image.image : "",
    release: release
      ? { id: release.release.id, number: release.release.number, manifest: release.release.manifest }
      : null,
    layer,
    source: environment.names.metadataDatabase,
    configuration: settings.configuration?.sha256 ?? null,
    begun: {},
  };
}

/** The list with a new one in front; those that are over for longest go. */
export const withNewCheck = (
  { upgradeChecks = [] }: Pick<EnvironmentItem, "upgradeChecks">,
  check: UpgradeCheck,
): readonly UpgradeCheck[] => {
  const kept = [check, ...upgradeChecks];
  // one whose remains are not removed for good is not forgotten, however old
  return kept.filter(({ cleared }, at) => at < mostChecks || !cleared?.forGood);
};

/** An update may go on meanwhile; what brings another database, or takes everything away, may not. */
function canCheck({ name, status, operationKind, upgradeChecks }: EnvironmentItem): void {
  const running = runningCheck(upgradeChecks);
  if (running)
    throw new HangarError(
      "EnvironmentBusy",
      `A check of ${name} against Airflow ${running.to} is under way (${running.id}). Wait for its end, then ask again.`,
    );
  if (["AVAILABLE", "UPDATE_FAILED"].includes(status) || operationKind === "update-environment") return;
  throw new HangarError(
    status === "CREATE_FAILED" || status === "UNAVAILABLE" ? "EnvironmentUnusable" : "EnvironmentBusy",
    `Environment ${name} has status ${status}: there is nothing to check an upgrade of. Wait until it is AVAILABLE, or cure it first.`,
  );
}

/** Whether what a check said still holds: nothing it is about is another one today. */
export const isCurrent = (
  check: Pick<UpgradeCheck, "from" | "release" | "layer" | "configuration">,
  { settings, layer }: Pick<EnvironmentItem, "settings" | "layer">,
  release: ReleaseItem | undefined,
): boolean =>
  check.from === settings.airflowVersion &&
  (check.release?.id ?? null) === (release?.release.id ?? null) &&
  (check.layer?.key ?? null) === (layer?.key ?? null) &&
  check.configuration === (settings.configuration?.sha256 ?? null);
