// Uploads as people make them, in an environment of 200 DAG files: one changed, a thousand at once, other requirements.
// Beside it plain Airflow of the same version with the same files on its own disk.
import type { Bench, Benchmark } from "../benchmark.ts";
import { againstLimit, againstPeer, type Row } from "../measurement.ts";
import { percentileOf, spreadOf } from "../statistics.ts";
import { measureBulkUpload } from "./bulk-upload.ts";
import { dagFiles, helperFiles } from "./dag-files.ts";
import { dagFolder, openEnvironment, type SyncEnvironment, uploadAll } from "./environment.ts";
import { measurePeers } from "./peers.ts";
import { measureRequirementsChange } from "./requirements-change.ts";
import { allServed } from "./served.ts";
import { firstSeen, seenLateText } from "./sighting.ts";
import { type Changed, measureChanges } from "./single-changes.ts";

const name = "bench-sync";
const prefix = "bench_sync";
const files = 200;
const servedLimitSeconds = 5;
const releasedLimitSeconds = 2.5;
const givenUpSeconds = 420;

export const sync: Benchmark = {
  name: "sync",
  async run(bench) {
    const home = await bench.home();
    const environment = await openEnvironment(home, name);
    const changes = await changedFiles(environment, bench);
    const requirements = await measureRequirementsChange(home, environment, bench);
    const bulk = await measureBulkUpload({ ...environment, airflow: await environment.signIn() }, bench);
    await environment.remove(); // a peer has no environment beside it
    const peers = await measurePeers(home, prefix, files, bench);
    const served = changes.served.map(({ seconds }) => seconds);
    const median = percentileOf(served, 50);
    return [
      ...changeRows(changes),
      ...peers.map(({ what, seconds }) =>
        againstPeer("the same, p50", "s", median, { what: `${what}, median`, spread: spreadOf(seconds) }),
      ),
      ...bulk,
      ...requirements,
    ];
  },
};

/** 200 files uploaded, then one after another changed. */
async function changedFiles(environment: SyncEnvironment, bench: Bench): Promise<Changed> {
  const { airflow } = environment;
  const dags = dagFiles(prefix, files);
  const began = performance.now();
  await uploadAll(environment, [
    ...helperFiles(),
    ...dags.map((file) => ({ path: file.path, text: file.text("the first") })),
  ]);
  await allServed(airflow, prefix, files, began, bench);
  const first = await environment.release();
  let before = first?.id;
  const changed = await measureChanges(
    {
      what: "one of 200 files",
      files: dags,
      rounds: bench.quick ? 5 : 50,
      phaseSeconds: 2,
      givenUpSeconds,
      longestSeconds: bench.quick ? 120 : 1200,
      airflow,
      write: async (file, text) => void (await environment.put(`${dagFolder}/${file.path}`, text)),
      beside: (at) =>
        firstSeen("a new release in the control document", at, givenUpSeconds, async () => {
          const now = (await environment.release())?.id;
          const isNew = now !== undefined && now !== before;
          if (isNew) before = now;
          return isNew;
        }),
    },
    bench,
  );
  const releases = await environment.releasesSince(first?.number ?? 0);
  const unchecked = releases.filter(({ Unchecked }) => Unchecked).length;
  bench.note(
    `${releases.length} releases were made of ${changed.served.length} changes, ${unchecked} of them unchecked`,
  );
  bench.note(`served: ${seenLateText(changed.served)}`);
  bench.note(`released: ${seenLateText(changed.beside)}`);
  return changed;
}

function changeRows({ served, beside }: Changed): readonly Row[] {
  const seconds = served.map((sighting) => sighting.seconds);
  const released = beside.map((sighting) => sighting.seconds);
  const looking = served.map(({ uncertainMilliseconds }) => uncertainMilliseconds);
  return [
    againstLimit(
      "one of 200 files changed, PutObject to served, p95",
      "s",
      percentileOf(seconds, 95),
      servedLimitSeconds,
    ),
    againstLimit("the same, p50", "s", percentileOf(seconds, 50), servedLimitSeconds),
    againstLimit("of which until the release is live, p95", "s", percentileOf(released, 95), releasedLimitSeconds),
    { what: "of which the measurement's own looking, p95", unit: "ms", measured: percentileOf(looking, 95) },
  ];
}
