// Which entries of the history are true. One is written before the pointer moves, so that whoever loses that race leaves an
// entry of what never ran. What ran names what ran before it: from the release that runs, a chain leads down through all.
import type { ReleaseItem } from "./items.ts";
import type { HistoryEntry } from "./release-history.ts";

/**
 * The ids that come next going down: of files, and of layers. Null: nothing came before. Undefined: not known from here on
 * (entries from before they named their base, or one that is gone); then what is said is believed.
 */
export interface Chains {
  readonly files: string | null | undefined;
  readonly layer: string | null | undefined;
}

/** Where both chains begin. */
export const chainsOf = ({ release, layer }: Pick<ReleaseItem, "release" | "layer">): Chains => ({
  files: release.id,
  layer: layer?.id,
});

/** The number in the id of a release or of a layer's entry. */
export const numberOfId = (id: string): number => Number(/^[rl](\d{1,9})-/.exec(id)?.[1] ?? Number.NaN);

const chainOf = ({ kind }: Pick<HistoryEntry, "kind">): keyof Chains => kind ?? "files";

/**
 * Whether an entry tells what happened, and where the chains go on below it.
 * @param chains as they stand above it: entries are asked about from the highest number down, leaving none out
 */
export function follow(
  chains: Chains,
  entry: Pick<HistoryEntry, "kind" | "number" | "id" | "base" | "outcome">,
): { readonly isTrue: boolean; readonly chains: Chains } {
  const kind = chainOf(entry);
  const expected = chains[kind];
  const cut = { ...chains, [kind]: undefined };
  // of two hands that settle one candidate, who lost may write last
  if (entry.outcome !== "served")
    return entry.id === expected ? { isTrue: false, chains: cut } : { isTrue: true, chains };
  if (expected === undefined) return { isTrue: true, chains };
  if (expected === null) return { isTrue: false, chains };
  const number = numberOfId(expected);
  if (entry.number > number) return { isTrue: false, chains };
  if (entry.number === number && entry.id === expected)
    return { isTrue: true, chains: { ...chains, [kind]: entry.base } };
  // the entry that was to come is gone, or a loser wrote over it
  return { isTrue: entry.number < number, chains: cut };
}

/** How many entries are looked at for the sake of one: a proof lies next to it, most of the time. */
const mostSteps = 12;

/**
 * Whether one entry tells what happened, without reading all above it: an entry next to it names it as its base, or the
 * chain from there passes it by. What cannot be told within a few entries is believed.
 * @param read an entry by its number
 */
export async function happened(
  entry: HistoryEntry,
  item: ReleaseItem,
  read: (number: number) => Promise<HistoryEntry | undefined>,
): Promise<boolean> {
  const top = chainsOf(item)[chainOf(entry)];
  if (entry.outcome !== "served") return entry.id !== top;
  if (entry.base === undefined || top === undefined || entry.id === top) return true;
  let next = top;
  for (let number = entry.number + 1; number <= Math.min(item.lastNumber, entry.number + mostSteps); number++) {
    const above = await read(number);
    if (!above || above.kind !== entry.kind || !above.base) continue;
    if (above.base === entry.id) return true;
    // a base is what ran when somebody looked, also a loser's: there the chain can be joined
    if (numberOfId(above.base) <= entry.number) continue;
    next = above.base;
    break;
  }
  for (let steps = 0; steps < mostSteps; steps++) {
    if (next === null || numberOfId(next) <= entry.number) return next === entry.id;
    const passed: HistoryEntry | undefined = await read(numberOfId(next));
    if (passed?.id !== next || passed.base === undefined) return true;
    next = passed.base;
  }
  return true;
}
