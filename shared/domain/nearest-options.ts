// Which options somebody may have meant: those of the version whose names are few letters away.
import { optionsOf, partsOf } from "./option-catalogue.ts";

const most = 3;
/** Of its letters, how many of a name may be wrong. */
const tolerance = 0.34;

/** At most three, the nearest first; none where nothing is near. A name of another section counts as a letter further. */
export function nearestOptions(version: string, option: string): readonly string[] {
  const [section, name] = partsOf(option);
  const limit = Math.max(2, Math.floor(name.length * tolerance));
  return optionsOf(version)
    .map((candidate) => {
      const [itsSection, itsName] = partsOf(candidate);
      const away = Math.abs(itsName.length - name.length) > limit ? limit + 1 : distance(name, itsName);
      return { candidate, away, further: itsSection === section ? 0 : Math.min(3, distance(section, itsSection)) };
    })
    .filter(({ away }) => away <= limit)
    .toSorted((a, b) => a.away + a.further - (b.away + b.further) || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Letters to change, add or take away (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const changed = row[to - 1]! + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(changed, row[to]! + 1, next[to - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
