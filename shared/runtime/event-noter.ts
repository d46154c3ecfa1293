// Notes that a source bucket tells of its changes, so that nobody is told to switch on what is only late.
import type { EnvironmentItem } from "../domain/items.ts";
import { isWorthANote } from "../domain/source-telling.ts";
import type { Clock } from "../ports/clock.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";

/**
 * An event of the environment's DAG folder is being handled. Two at once write nearly the same. One written after a
 * delete is cleared with the release that the same event then makes in vain (release-publisher.ts).
 */
export async function noteEvent(
  { names }: Pick<EnvironmentItem, "names">,
  { controlBucket, clock }: { readonly controlBucket: ControlBucket; readonly clock: Clock },
): Promise<void> {
  const now = clock.now();
  if (isWorthANote(await controlBucket.getLastEvent(names.prefix), now))
    await controlBucket.putLastEvent(names.prefix, now);
}
