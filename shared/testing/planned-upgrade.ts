// Upgrades as UpdateEnvironment plans them: of a record that leaves room, in a pool that has an image of every version tested.
import { testPool } from "../../state-machines/testing/requests.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import { planVersionChange } from "../domain/plan-version-change.ts";
import type { Pool } from "../domain/pool.ts";
import type { UpdateEnvironmentRequest } from "../domain/requests.ts";
import { inputOf, type PlannedOptions, roomyRecord } from "./planned-update.ts";

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
export const plannedUpgrade = (request: Partial<UpdateEnvironmentRequest> = {}, options: PlannedOptions = {}) =>
  planVersionChange(
    inputOf(
      { AirflowVersion: "3.3.1", ...request },
      { record: recordOn("2.11.2"), pool: upgradePool, operationId: "v".repeat(26), ...options },
    ),
  );
