// Which environments an upload concerns. Malformed events touch nothing: the reconciler covers what is lost.
import * as z from "zod";
import type { EnvironmentItem } from "./items.ts";
import { bucketOfArn } from "./names.ts";
import { dagPrefix } from "./release.ts";

const ObjectEvent = z.object({
  detail: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
});

/** Environments whose DAG folder holds one of the changed keys, and that are in a state to take a release. */
export function environmentsTouched(
  bodies: readonly string[],
  environments: readonly EnvironmentItem[],
): readonly EnvironmentItem[] {
  const changed = bodies.flatMap((body) => {
    const event = parse(body);
    return event ? [{ bucket: event.detail.bucket.name, key: event.detail.object.key }] : [];
  });
  return environments.filter((environment) => {
    if (!takesReleases(environment)) return false;
    const bucket = bucketOfArn(environment.settings.sourceBucketArn);
    const prefix = dagPrefix(environment.settings.dagS3Path);
    return changed.some((object) => object.bucket === bucket && object.key.startsWith(prefix));
  });
}

/** An environment that is being deleted or never came to be takes no releases. */
export const takesReleases = (environment: Pick<EnvironmentItem, "status">): boolean =>
  environment.status !== "DELETING" &&
  environment.status !== "DELETED" &&
  environment.status !== "CREATE_FAILED" &&
  environment.status !== "CREATING";

function parse(body: string): z.infer<typeof ObjectEvent> | undefined {
  try {
    return ObjectEvent.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
