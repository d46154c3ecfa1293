// Runs the Python tests that need a real Airflow, on images built here for it: one of Airflow 3 and one of
// Airflow 2. A test that is skipped counts as failed: what needs to be there is built, not hoped for.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createImages } from "../../local/images/images.ts";

/** As in tests/test_layer_real.py. */
const versions = ["3.3.1", "2.11.2"];
/** What test_copy_migration_real.py upgrades besides. */
const olderVersion = "3.2.1";
const repoRoot = fileURLToPath(new URL("../../", import.meta.url));

/** Those of a whole run, or for this one alone. */
const shared = process.env["HANGAR_STORY_IMAGES"];
const folder = shared ?? mkdtempSync(join(tmpdir(), "hangar-test-images-"));
if (!shared) process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const images = createImages({ folder, repoRoot });
const pythons: string[] = [];
for (const version of versions) pythons.push(join(await images.build(version), "bin/python"));
await images.build(olderVersion);
const installer = await images.installer();
const { status } = spawnSync(join(repoRoot, ".venv/dataplane/bin/pytest"), ["-m", "real", ...process.argv.slice(2)], {
  cwd: join(repoRoot, "dataplane"),
  env: {
    ...process.env,
    ...installer,
    HANGAR_TEST_AIRFLOW: pythons.join(":"),
    HANGAR_TEST_IMAGES: folder,
    HANGAR_TEST_NO_SKIPS: "1",
  },
  stdio: "inherit",
});
process.exit(status ?? 1);
