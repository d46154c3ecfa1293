// May this proceed? Each gate answers with nothing or throws a catalogue error that says what, why and what to do.
import { HangarError } from "./errors.ts";
import type { EnvironmentItem } from "./items.ts";
import { bucketOfArn } from "./names.ts";
import { airflowOfferings } from "./offerings.ts";
import type { Pool } from "./pool.ts";
import type { BucketFacts } from "./source-objects.ts";
import { transitions } from "./status.ts";

/**
 * The image of an Airflow version in this pool.
 * @throws UnknownAirflowVersion, UnsupportedAirflowVersion
 */
export function versionFit(airflowVersion: string, pool: Pool): string {
  const offering = airflowOfferings.find((candidate) => candidate.version === airflowVersion);
  const creatable = airflowOfferings.filter(
    (candidate) => !candidate.notCreatable && "image" in (pool.images[candidate.version] ?? {}),
  );
  const choice =
    creatable.length > 0
      ? `Choose one of: ${creatable.map((candidate) => candidate.version).join(", ")}.`
      : "No version can be created here at the moment.";
  if (!offering)
    throw new HangarError("UnknownAirflowVersion", `AirflowVersion '${airflowVersion}' is not offered. ${choice}`);
  if (offering.notCreatable) {
    throw new HangarError(
      "UnsupportedAirflowVersion",
      `AirflowVersion '${airflowVersion}' cannot be created: ${offering.notCreatable}. ${choice}`,
    );
  }
  const image = pool.images[airflowVersion];
  if (!image || !("image" in image)) {
    const why = image ? image.reason : "this pool has no image of it";
    throw new HangarError(
      "UnsupportedAirflowVersion",
      `AirflowVersion '${airflowVersion}' cannot run here: ${why.replace(/\.$/, "")}. ${choice}`,
    );
  }
  return image.image;
}

/**
 * The source bucket as MWAA wants it: there, versioned, closed to the public (MWAA user guide, "S3 bucket").
 * The first refusal wins, in this order.
 */
export function bucketFit(sourceBucketArn: string, bucket: BucketFacts): void {
  const name = bucketOfArn(sourceBucketArn);
  if (!bucket.exists) {
    throw new HangarError(
      "SourceBucketMissing",
      `The source bucket ${name} does not exist, or the execution role may not read it. Create it, for example: aws s3 mb s3://${name}`,
    );
  }
  if (!bucket.versioned) {
    throw new HangarError(
      "SourceBucketNotVersioned",
      `Versioning is not enabled for the source bucket ${name}. Enable it: aws s3api put-bucket-versioning --bucket ${name} --versioning-configuration Status=Enabled`,
    );
  }
  if (!bucket.publicAccessBlocked) {
    throw new HangarError(
      "SourceBucketPublic",
      `Provided bucket does not have BlockPublicAccess set for s3 bucket ${name}. Set it: aws s3api put-public-access-block --bucket ${name} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`,
    );
  }
}

/** The control bucket holds every environment's own objects: as a source it would lay them open to another one. */
export function sourceFit(sourceBucketArn: string, pool: Pick<Pool, "controlBucket">): void {
  if (bucketOfArn(sourceBucketArn) !== pool.controlBucket) return;
  throw new HangarError(
    "SourceBucketReserved",
    `${pool.controlBucket} is Hangar's own bucket and cannot be a source bucket. Make one of your own, for example: aws s3 mb s3://my-dags`,
  );
}

/**
 * A second create of one name: the same request while CREATING is the same create; anything else is refused.
 * @returns "repeat" when the answer is the existing environment's ARN
 */
export function canCreate(existing: EnvironmentItem | undefined, requestHash: string): "new" | "repeat" {
  if (!existing) return "new";
  if (existing.status === "CREATING" && existing.requestHash === requestHash) return "repeat";
  throw new HangarError(
    "DuplicateEnvironment",
    existing.status === "DELETING"
      ? `An environment named ${existing.name} is still being deleted. Wait until GetEnvironment answers 404, then create it again.`
      : `An environment named ${existing.name} already exists with status ${existing.status}. Choose another name, or delete it first.`,
  );
}

/**
 * An update is accepted where the transition table has a row for it.
 * @throws EnvironmentBusy (worded as MWAA words it), EnvironmentUnusable
 */
export function canUpdate(environment: EnvironmentItem): void {
  const { name, status } = environment;
  if (transitions[status]?.["update-accepted"]) return;
  if (environment.operationId !== null || status === "DELETING") throw busy(environment, "update it again");
  throw new HangarError(
    "EnvironmentUnusable",
    status === "CREATE_FAILED"
      ? `Environment ${name} has status CREATE_FAILED: it was never made, so there is nothing to update. Delete it and create it again.`
      : `Environment ${name} has status ${status} and cannot be updated. LastUpdate.Error says why; resume its operation, or delete the environment.`,
  );
}

/**
 * A snapshot is dropped while nothing is at work that may want it; an environment that is stuck keeps all it has.
 * @throws EnvironmentBusy, EnvironmentUnusable
 */
export function canDropSnapshot(environment: EnvironmentItem): void {
  const { name, status, operationId } = environment;
  if (operationId !== null || status === "DELETING") throw busy(environment, "delete the snapshot");
  if (transitions[status]?.["update-accepted"]) return;
  throw new HangarError(
    "EnvironmentUnusable",
    `Environment ${name} has status ${status} and keeps its snapshots. Resume its operation first, or delete the environment.`,
  );
}

/**
 * A snapshot is taken of an environment that is as it should be, with nothing at work that changes its database.
 * @throws EnvironmentBusy, EnvironmentUnusable
 */
export function canTakeSnapshot(environment: EnvironmentItem): void {
  const { name, status, operationId } = environment;
  if (operationId !== null || status === "DELETING") throw busy(environment, "take the snapshot");
  if (transitions[status]?.["update-accepted"]) return;
  throw new HangarError(
    "EnvironmentUnusable",
    `Environment ${name} has status ${status}: no snapshot is taken of it. LastUpdate.Error says why it is so.`,
  );
}

/** How many environments the pool may have (MWAA user guide, "Quotas"). @throws QuotaExceeded */
export function withinQuota(existing: number, pool: Pick<Pool, "quotas" | "region">): void {
  if (existing < pool.quotas.environments) return;
  throw new HangarError(
    "QuotaExceeded",
    `There are ${existing} environments in ${pool.region}, and the quota is ${pool.quotas.environments}. Delete one, or have the quota raised.`,
  );
}

/**
 * A delete is accepted where the transition table has a row for it; repeated while DELETING it changes nothing, unless
 * the delete before it ended Stuck.
 * @throws EnvironmentNotFound, EnvironmentBusy (worded as MWAA words it: clients match the sentence)
 */
export function canDelete(environment: EnvironmentItem | undefined, name: string): "start" | "repeat" {
  if (!environment) throw notFound(name);
  if (environment.status === "DELETING") return environment.lastUpdate.status === "FAILED" ? "start" : "repeat";
  if (transitions[environment.status]?.["delete-accepted"]) return "start";
  throw busy(environment, "delete it");
}

const busy = ({ name, status }: EnvironmentItem, then: string): HangarError =>
  new HangarError(
    "EnvironmentBusy",
    `Environments with ${status} status must complete previous operation before initiating a new operation. Wait for ${name}, then ${then}.`,
  );

export const notFound = (name: string): HangarError =>
  new HangarError(
    "EnvironmentNotFound",
    `No environment named ${name} exists in this account and Region. List them: aws mwaa list-environments`,
  );
