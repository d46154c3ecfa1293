// Tags of an environment (MWAA API: TagResource, UntagResource; MWAA user guide, "Quotas": 50 for each resource).
import { HangarError } from "./errors.ts";
import { notFound } from "./gates.ts";
import { environmentArn } from "./names.ts";
import type { Pool } from "./pool.ts";

type Tags = Readonly<Record<string, string>>;
const most = 50;

/** The name in an environment's ARN. @throws EnvironmentNotFound for an ARN of another account or Region */
export function nameOfArn(arn: string, pool: Pool): string {
  const name = arn.slice(arn.indexOf(":environment/") + ":environment/".length);
  if (arn !== environmentArn(name, pool)) throw notFound(name);
  return name;
}

/** Tags given replace those of the same key. @throws InvalidRequest beyond fifty, and for keys AWS keeps to itself */
export function tagged(before: Tags, given: Tags): Tags {
  const reserved = Object.keys(given).filter((key) => key.toLowerCase().startsWith("aws:"));
  if (reserved.length > 0) {
    throw new HangarError(
      "InvalidRequest",
      `Tag keys cannot begin with 'aws:', which AWS keeps to itself: ${reserved.join(", ")}. Choose another key.`,
    );
  }
  const tags = { ...before, ...given };
  const count = Object.keys(tags).length;
  if (count <= most) return tags;
  throw new HangarError(
    "InvalidRequest",
    `The environment would have ${count} tags, and may have ${most}. Remove some with UntagResource first.`,
  );
}

/** Keys that are not there are fine. */
export const untagged = (before: Tags, keys: readonly string[]): Tags =>
  Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key)));
