// Which environments an upload concerns. Malformed events touch nothing: the reconciler covers what is lost.
import * as z from "zod";
import type { EnvironmentItem } from "./items.ts";
import { fileWishes } from "./layer-wish.ts";
import { bucketOfArn } from "./names.ts";
import { dagPrefix } from "./release.ts";

const ObjectEvent = z.object({
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string() }),
    requester: z.string().max(2048).optional(),
  }),
});

/** Environments whose DAG folder holds one of the changed keys, and that are in a state to take a release. */
export function environmentsTouched(
  bodies: readonly string[],
  environments: readonly EnvironmentItem[],
): readonly EnvironmentItem[] {
  const changed = changedObjects(bodies);
  return environments.filter((environment) => {
    if (!takesReleases(environment)) return false;
    const bucket = bucketOfArn(environment.settings.sourceBucketArn);
    const prefix = dagPrefix(environment.settings.dagS3Path);
    return changed.some((object) => object.bucket === bucket && object.key.startsWith(prefix));
  });
}

/** Environments to whose prefix of the control bucket a check was written. */
export function environmentsChecked(
  bodies: readonly string[],
  environments: readonly EnvironmentItem[],
): readonly EnvironmentItem[] {
  const changed = changedObjects(bodies);
  return environments.filter(({ names }) => changed.some(({ key }) => key.startsWith(`${names.prefix}checks/`)));
}

/** Environments one of whose files nobody pinned was uploaded, or whose layer's build has ended. */
export function environmentsWithLayerNews(
  bodies: readonly string[],
  environments: readonly EnvironmentItem[],
): readonly EnvironmentItem[] {
  const changed = changedObjects(bodies);
  return environments.filter((environment) => {
    if (!takesReleases(environment)) return false;
    const wishes = fileWishes(environment.settings).filter(({ versionId }) => versionId === null);
    const layers = `${environment.names.prefix}layers/`;
    return changed.some(
      ({ bucket, key }) =>
        wishes.some((wish) => wish.bucket === bucket && wish.key === key) ||
        (key.startsWith(layers) && key.endsWith("/result.json")),
    );
  });
}

/** Who made the changes, as S3 tells: an account, or a service; the last one of a batch. */
export function requesterOf(bodies: readonly string[]): string | undefined {
  return bodies.flatMap((body) => parse(body)?.detail.requester ?? []).at(-1);
}

function changedObjects(bodies: readonly string[]): readonly { readonly bucket: string; readonly key: string }[] {
  return bodies.flatMap((body) => {
    const event = parse(body);
    return event ? [{ bucket: event.detail.bucket.name, key: event.detail.object.key }] : [];
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
