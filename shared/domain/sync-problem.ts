// Why a source bucket cannot become a release at present; gone with the next time that it can.

export interface SyncProblem {
  /** Milliseconds since the epoch: since when. */
  readonly since: number;
  /** What is wrong, and what to do. */
  readonly sentence: string;
}

/** Where it lies below the environment's prefix. */
export const syncProblemKey = "sync-problem.json";

/**
 * What a failure to list or read the bucket means to the person it belongs to.
 * @param error as S3's client throws it: its name is S3's own error code
 */
export function problemOf(bucket: string, error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  const runs = "The environment goes on with the release it has.";
  if (name === "ExecutionRoleRefused") return `${message} ${runs}`;
  if (name === "NoSuchBucket")
    return `The bucket ${bucket} does not exist (any more). ${runs} Make it again, with versioning on, or name another one with SourceBucketArn.`;
  if (name === "AccessDenied" || name === "Forbidden" || name === "403")
    return `The bucket ${bucket} may not be read. ${runs} Allow the execution role s3:ListBucketVersions on it, and s3:GetObject and s3:GetObjectVersion on what it holds.`;
  if (name === "NoSuchKey" || name === "NoSuchVersion")
    return `An object of ${bucket} was gone before it could be read. ${runs} It is looked at again by itself.`;
  return `The bucket ${bucket} could not be read: ${name ? `${name}: ` : ""}${message}. ${runs} It is tried again by itself.`;
}
