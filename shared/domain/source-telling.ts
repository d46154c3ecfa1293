// Whether a bucket tells of its changes. One missing event proves nothing: behind thousands of others it is only late.
import { eventSeconds, foundByLooking, type HistoryEntry } from "./release-history.ts";

/** Where it is noted, below the environment's prefix, when an event of the source bucket was handled last. */
export const lastEventKey = "last-event.json";

/** Seconds around the moment a change was found: a bucket of which no event is handled within them tells of nothing. */
export const tellingSeconds = 60;

/** Whether an event handled now is worth a note; the events of an upload are one piece of news. Times in milliseconds. */
export const isWorthANote = (lastEventAt: number | undefined, now: number): boolean =>
  lastEventAt === undefined || now - lastEventAt >= eventSeconds * 1000;

/**
 * Whether a change was found that no event told of, nor will: the bucket's events have not reached us for a minute before
 * it was found, nor since, for another minute at least. Times in milliseconds since the epoch.
 * @param entry what became of the change; undefined while it is a candidate
 * @param lastEventAt when an event of the bucket was handled last; undefined: never
 */
export function isUntold(
  entry: Pick<HistoryEntry, "by" | "createdAt"> | undefined,
  lastEventAt: number | undefined,
  now: number,
): boolean {
  if (entry?.by !== foundByLooking) return false;
  const isTelling = lastEventAt !== undefined && lastEventAt >= entry.createdAt - tellingSeconds * 1000;
  return !isTelling && now - entry.createdAt >= tellingSeconds * 1000;
}
