import { expect, it } from "vitest";
import { dagFiles, helperFiles } from "./dag-files.ts";

it("gives each DAG a file and an id of its own, and no helper that is imported is missing", () => {
  const files = dagFiles("bench", 200);
  expect(new Set(files.map(({ path }) => path)).size).toBe(200);
  expect(new Set(files.map(({ dagId }) => dagId)).size).toBe(200);
  const modules = new Set(helperFiles().map(({ path }) => path.replace(/\.py$/, "").replaceAll("/", ".")));
  const imported = files.flatMap(({ text }) => /^from (bench_sync_shared\.\S+) import/m.exec(text("x"))?.[1] ?? []);
  expect(imported.length).toBeGreaterThan(50);
  expect(new Set(imported).size).toBe(10);
  for (const name of imported) expect(modules).toContain(name);
});
