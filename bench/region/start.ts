// How long `hangar up` takes, from the command to its end: by then the region serves every call.
import { freshHome } from "../../tests/stories/support/hangar.ts";
import type { Bench } from "../benchmark.ts";
import { againstLimit, type Row } from "../measurement.ts";
import { spreadOf } from "../statistics.ts";
import { secondsSince } from "../waiting.ts";

const limitSeconds = 2;

/** The first start of a fresh folder, which makes keys and PostgreSQL's cluster, and the later ones, which find them. */
export async function measureRegionStart(bench: Bench): Promise<readonly Row[]> {
  const first: number[] = [];
  const later: number[] = [];
  for (let folder = 0; folder < (bench.quick ? 1 : 3); folder++) {
    const home = freshHome();
    const discard = bench.cleanUp(() => home.discard());
    for (let start = 0; start <= (bench.quick ? 2 : 3); start++) {
      const began = performance.now();
      await home.ok("up");
      (start === 0 ? first : later).push(secondsSince(began));
      await home.ok("down");
    }
    await discard();
  }
  return [
    againstLimit("hangar up, first start of a folder", "s", spreadOf(first), limitSeconds),
    againstLimit("hangar up, later starts", "s", spreadOf(later), limitSeconds),
  ];
}
