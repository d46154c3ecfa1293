// Days on which what is uploaded is unusual: too much of it, too large, or with names that are no file names.
import { type Day, promise, secondsText } from "./day.ts";
import { dagText, settled, type SyncPlace } from "./place.ts";

const parallelUploads = 16;
const mebibyte = 1024 ** 2;

/** Thousands of files at once, twenty DAG files among them. */
export const flood: Day = {
  name: "flood",
  async live(place, _chance, { files }) {
    const before = (await place.sync()).Release!.Number;
    const modules = Array.from({ length: files - 1 }, (_, at) => `flood/part_${at % 50}/module_${at}.py`);
    const began = performance.now();
    const queue = [...modules];
    const upload = async () => {
      for (let path = queue.pop(); path; path = queue.pop()) await place.put(path, `VALUE = "${path}"\n`);
    };
    await Promise.all(Array.from({ length: parallelUploads }, upload));
    await place.put("flood_dag.py", dagText("flood_dag", "came with the flood"));
    const uploaded = (performance.now() - began) / 1000;
    const runs = place.airflowRuns();
    runs.catch(() => undefined); // told below
    const now = await settled(place, 120 + files / 10, (sync) => flooded(sync.Files) === files);
    const live = (performance.now() - began) / 1000;
    await place.described("flood_dag", "came with the flood", 120);
    const ran = await runs;
    const made = now.Release!.Number - before;
    promise(made <= 3 + files / 250, `${files} files made ${made} releases`);
    await place.remove([...modules, "flood_dag.py"]);
    await settled(place, 120 + files / 20, (sync) => flooded(sync.Files) === 0);
    return `${files} files: uploaded in ${secondsText(uploaded)}, live on every task after ${secondsText(live)} in ${made} releases; a run beside it ${secondsText(ran)}`;
  },
};

const flooded = (files: readonly { readonly Path: string }[]): number =>
  files.filter(({ Path }) => Path.startsWith("flood")).length;

/** Data beside the DAGs: 200 MB, which is served, and 300 MB, which is left out and named. */
export const largeFile: Day = {
  name: "large-file",
  async live(place) {
    const began = performance.now();
    await place.put("large/data.bin", Buffer.alloc(200 * mebibyte, 7));
    await place.put("large/too_large.bin", Buffer.alloc(300 * mebibyte, 7));
    await place.put("beside.py", dagText("beside", "beside a large file"));
    const now = await settled(place, 240, ({ Files }) => served(Files, "large/data.bin") && served(Files, "beside.py"));
    const live = (performance.now() - began) / 1000;
    const left = now.LeftOut.find(({ Key }) => Key.endsWith("too_large.bin"));
    promise(left?.Reason.includes("256 MiB") === true, `of 300 MB it was said: ${left?.Reason ?? "nothing"}`);
    await place.described("beside", "beside a large file", 120);
    const next = performance.now();
    await place.put("beside.py", dagText("beside", "changed beside it"));
    await place.described("beside", "changed beside it", 120);
    const change = (performance.now() - next) / 1000;
    const ran = await place.airflowRuns();
    await place.remove(["large/data.bin", "large/too_large.bin", "beside.py"]);
    await settled(place, 120, ({ Files }) => !served(Files, "large/data.bin"));
    return `200 MB live after ${secondsText(live)}, a DAG changed beside it ${secondsText(change)}; a run ${secondsText(ran)}`;
  },
};

const served = (files: readonly { readonly Path: string; readonly Served: object | null }[], path: string): boolean =>
  files.some((file) => file.Path === path && file.Served !== null);

/** Names that are files, in whatever script, and names that are none. */
export const strangeNames: Day = {
  name: "strange-names",
  async live(place) {
    const good = ["größe_ñ/日本語.py", `${"d".repeat(250)}/${"f".repeat(247)}.py`, "with space/a+b&c=d.py", "👩‍🚀.py"];
    const bad = ["two\nlines.py", "back\\slash.py", `${"x".repeat(256)}/a.py`, "a//b.py", "tab\there.py"];
    const twice = ["twin", "twin/inside.py"];
    for (const path of [...good, ...bad, ...twice]) await place.put(path, `NAME = ${JSON.stringify(path)}\n`);
    await place.put("among_names.py", dagText("among_names", "among strange names"));
    const now = await settled(place, 120, ({ Files }) => served(Files, "among_names.py"));
    for (const path of [...good, "twin/inside.py"])
      promise(served(now.Files, path), `${JSON.stringify(path)} is not served`);
    for (const path of [...bad, "twin"]) {
      const left = now.LeftOut.find(({ Key }) => Key === `dags/${path}`);
      promise(left !== undefined, `of ${JSON.stringify(path)} nothing was said`);
    }
    const seconds = await place.described("among_names", "among strange names", 120);
    const ran = await place.airflowRuns();
    await place.remove([...good, ...bad, ...twice, "among_names.py"]);
    await cleared(place);
    return `${good.length + 1} served, ${bad.length + 1} left out by name with a reason; parsed ${secondsText(seconds)} after it was live; a run ${secondsText(ran)}`;
  },
};

const cleared = (place: SyncPlace) =>
  settled(place, 120, ({ Files, LeftOut }) => Files.every(({ Path }) => Path === "steady.py") && LeftOut.length === 0);
