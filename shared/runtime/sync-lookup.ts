// What the sync view is joined from, read from the control bucket. Manifests never change, so that a release that moves
// meanwhile leaves the answer true of the moment it was asked.
import type { EnvironmentItem, ReleaseItem } from "../domain/items.ts";
import { offerKey } from "../domain/layer.ts";
import { parseOffer } from "../domain/layer-offer.ts";
import { contentOf, type Manifest } from "../domain/release.ts";
import type { HistoryEntry } from "../domain/release-history.ts";
import { isHistory } from "../domain/release-view.ts";
import { bucketFiles, numberOf } from "../domain/sync-files.ts";
import type { LiveRelease, SeenBucket, SyncSources } from "../domain/sync-view.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import { sha256 } from "./digest.ts";
import { needManifest } from "./release-lookup.ts";

/** How far back it is looked for what the bucket held last: behind rollbacks there is one, most of the time the first. */
const mostEntries = 10;

/** @throws ReleaseNotFound while the environment is being deleted */
export async function readSync(
  environment: EnvironmentItem,
  item: ReleaseItem,
  { controlBucket, now }: { readonly controlBucket: ControlBucket; readonly now: number },
): Promise<SyncSources> {
  const { prefix } = environment.names;
  const [live, status, reports, problem, lastEventAt, offered, candidateCheck] = await Promise.all([
    readLive(environment, item, controlBucket),
    controlBucket.getDagStatus(prefix),
    controlBucket.reports(prefix),
    controlBucket.getSyncProblem(prefix),
    controlBucket.getLastEvent(prefix),
    controlBucket.getLayerText(prefix, offerKey),
    item.candidate ? controlBucket.getCheck(prefix, item.candidate.id) : undefined,
  ]);
  const seen = await readSeen(environment, item, live, controlBucket);
  const candidateChecked = candidateCheck?.base === item.release.id;
  const offer = offered && parseOffer(offered.text);
  return { item, live, seen, candidateChecked, status, reports, problem, lastEventAt, offer, now };
}

async function readLive(
  environment: EnvironmentItem,
  item: ReleaseItem,
  controlBucket: ControlBucket,
): Promise<LiveRelease> {
  const { prefix } = environment.names;
  const [manifest, entry] = await Promise.all([
    needManifest(environment, item.release.manifest, controlBucket),
    controlBucket.getHistory(prefix, item.release.number),
  ]);
  const history = entry && isHistory(entry, item) ? entry : undefined;
  const check = history?.check ? await controlBucket.getCheck(prefix, history.check) : undefined;
  const before = check?.base ? numberOf(check.base) : undefined;
  const base = before === undefined ? undefined : await controlBucket.getHistory(prefix, before);
  return { manifest, history, check, base: base?.id === check?.base ? base : undefined };
}

/** The listing whose hash the item keeps: the candidate's, what runs, or one that was held, refused or rolled back from. */
async function readSeen(
  environment: EnvironmentItem,
  item: ReleaseItem,
  live: LiveRelease,
  controlBucket: ControlBucket,
): Promise<SeenBucket | undefined> {
  const { prefix } = environment.names;
  const { candidate, release, seen } = item;
  if (candidate) {
    const { files } = await needManifest(environment, candidate.manifest, controlBucket);
    const { number, leftOut, createdAt: at } = candidate;
    return { number, files, leftOut, at, history: undefined, check: undefined };
  }
  const found = listingWith(seen, live.manifest);
  const { history, check } = live;
  const leftOut = history?.leftOut ?? [];
  if (found) return { number: release.number, files: found, leftOut, at: release.createdAt, history, check };
  for (const entry of await controlBucket.listHistory(prefix, undefined, mostEntries)) {
    const one = await readEntry(entry, item, prefix, controlBucket);
    if (one) return one;
  }
  return undefined;
}

async function readEntry(
  entry: HistoryEntry,
  item: ReleaseItem,
  prefix: string,
  controlBucket: ControlBucket,
): Promise<SeenBucket | undefined> {
  const isListing = entry.kind !== "layer" && entry.rollbackOf === null;
  if (!isHistory(entry, item) || !isListing || entry.number === item.release.number) return undefined;
  const manifest = await controlBucket.getManifest(prefix, entry.manifest);
  const files = manifest && listingWith(item.seen, manifest);
  if (!files) return undefined;
  const check = entry.check ? await controlBucket.getCheck(prefix, entry.check) : undefined;
  return { number: entry.number, files, leftOut: entry.leftOut, at: entry.createdAt, history: entry, check };
}

/** The bucket's files where this manifest was made of that listing, or holds the same: undefined otherwise. */
function listingWith(seen: string, manifest: Manifest): SeenBucket["files"] | undefined {
  const asServed = manifest.files.map(({ held: _, ...file }) => file);
  return [bucketFiles(manifest), asServed].find((files) => contentOf(files, sha256).hash === seen);
}
