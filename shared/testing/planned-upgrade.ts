// Upgrades as UpdateEnvironment plans them: of a record that leaves room, in a pool that has an image of every version tested.
import { testPool } from "../../state-machines/testing/requests.ts";
import { settingsOfUpdate } from "../domain/environment-settings.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import type { FoundFiles } from "../domain/layer-wish.ts";
import { configurationOf } from "../domain/plan-create.ts";
import { planVersionChange } from "../domain/plan-version-change.ts";
import type { Pool } from "../domain/pool.ts";
import type { UpdateEnvironmentRequest } from "../domain/requests.ts";
import { filesToFind } from "../domain/update-layer.ts";
import { foundAll, goodBucket, plannedAt, sha256 } from "./planned.ts";
import { roomyRecord } from "./planned-update.ts";

const versions = ["2.10.3", "2.11.2", "3.2.1", "3.3.1"];

/** The test pool, with images of these versions. */
export const upgradePool: Pool = {
  ...testPool,
  images: Object.fromEntries(versions.map((version) => [version, { image: `hangar/airflow:${version}` }])),
};

/** The roomy record, on a version. */
export const recordOn = (airflowVersion: string, changes: Partial<EnvironmentItem> = {}): EnvironmentItem => {
  const roomy = roomyRecord(changes);
  return { ...roomy, settings: { ...roomy.settings, airflowVersion }, image: `hangar/airflow:${airflowVersion}` };
};

/** Plans an upgrade of a record on 2.11.2 to 3.3.1, or what the request asks for. @throws what planVersionChange throws */
export function plannedUpgrade(
  request: Partial<UpdateEnvironmentRequest> = {},
  options: {
    readonly record?: EnvironmentItem;
    readonly bucket?: typeof goodBucket;
    readonly found?: FoundFiles;
    readonly now?: number;
  } = {},
) {
  const full = { Name: "first", AirflowVersion: "3.3.1", ...request };
  const environment = options.record ?? recordOn("2.11.2");
  const configuration = full.AirflowConfigurationOptions === undefined ? undefined : configurationOf(full, sha256);
  const wishes = filesToFind(environment, full, settingsOfUpdate(environment.settings, full, configuration));
  return planVersionChange({
    environment,
    request: full,
    configuration,
    found: options.found ?? foundAll(wishes),
    bucket: full.SourceBucketArn === undefined ? undefined : (options.bucket ?? goodBucket),
    pool: upgradePool,
    operationId: "v".repeat(26),
    caller: "arn:aws:iam::000000000000:user/operator",
    now: options.now ?? plannedAt,
  });
}
