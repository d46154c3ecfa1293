// Many files uploaded at once, sixteen requests at a time: when one release has them all, and how many releases it took.
import type { Bench } from "../benchmark.ts";
import type { Row } from "../measurement.ts";
import { spreadOf } from "../statistics.ts";
import { secondsSince } from "../waiting.ts";
import { dagFiles } from "./dag-files.ts";
import { type ReleaseView, type SyncEnvironment, uploadAll } from "./environment.ts";
import { allServed } from "./served.ts";
import { firstSeen } from "./sighting.ts";

const files = 1000;
const releasedSeconds = 900;
const prefix = "bench_sync_bulk";

/** @param environment serves some already, and has no candidate under way */
export async function measureBulkUpload(environment: SyncEnvironment, bench: Bench): Promise<readonly Row[]> {
  const uploads = dagFiles(prefix, files).map((file) => ({ path: file.path, text: file.text("all at once") }));
  const before = (await environment.release())?.number ?? 0;
  const looked = new Set<number>();
  const began = performance.now();
  const uploading = uploadAll(environment, uploads);
  uploading.catch(() => undefined); // told below
  const released = firstSeen(`a release with all ${files} files`, began, releasedSeconds, async () => {
    const release = await environment.release();
    if (!release || release.number === before || looked.has(release.number)) return false;
    const paths = await environment.paths(release);
    looked.add(release.number);
    return uploads.every(({ path }) => paths.has(path));
  });
  released.catch(() => undefined);
  const uploaded = (await uploading) - began;
  const { seconds } = await released;
  const made = await environment.releasesSince(before);
  bench.note(
    `${files} files: uploaded in ${(uploaded / 1000).toFixed(1)} s, all in one release after ${seconds.toFixed(1)} s; ` +
      `releases made: ${made.map(releaseText).join(", ")}`,
  );
  const what = `${files} files at once, ${made.length} release${made.length === 1 ? "" : "s"} made`;
  const rows: Row[] = [
    { what: `${what}: first PutObject to all in one release`, unit: "s", measured: spreadOf([seconds]) },
    { what: `${what}: last PutObject to the same`, unit: "s", measured: spreadOf([seconds - uploaded / 1000]) },
  ];
  if (bench.quick) return rows;
  const parsed = await allServed(environment.airflow, prefix, files, began, bench);
  bench.note(`Airflow's own parsing of all ${files} took until ${secondsSince(began).toFixed(1)} s`);
  return [
    ...rows,
    { what: `${what}: first PutObject to all served by Airflow`, unit: "s", measured: spreadOf([parsed]) },
  ];
}

const releaseText = (release: ReleaseView): string =>
  `${release.Number} ${release.State}${release.Unchecked ? " unchecked" : ""}`;
