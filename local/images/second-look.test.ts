// Pythons are remembered from one region to the next: the answer "there is none" is not, and neither is a failure to ask.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createImages } from "./images.ts";

const repoRoot = fileURLToPath(new URL("../..", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-second-look-"));
  vi.stubEnv("PATH", folder);
  vi.stubEnv("HANGAR_PYTHON", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** What the version manager's shim on PATH chooses by now. The interpreters themselves are other files. */
function shim(version: string | undefined): void {
  const path = join(folder, "python3.11");
  const answer = JSON.stringify({ version, path: "/bin/true", hasPip: true, hasVenv: true });
  writeFileSync(path, version === undefined ? "#!/bin/sh\nexit 1\n" : `#!/bin/sh\necho '${answer}'\n`);
  chmodSync(path, 0o755);
}
const openImages = () => createImages({ folder: join(folder, "images"), repoRoot });

it("a Python that came since the last region is found before the answer is no, also by two who ask at once", async () => {
  shim(undefined);
  expect(await openImages().canRun("3.3.1")).toHaveProperty("reason");
  shim("3.11.9");
  const images = openImages();
  const answers = await Promise.all([images.canRun("3.3.1"), images.canRun("3.3.1")]);
  expect(answers).toEqual([1, 2].map(() => ({ python: expect.objectContaining({ version: "3.11.9" }) })));
});

it("a second look that fails is not the last word: the next question looks again", async () => {
  vi.stubEnv("HANGAR_PYTHON", join(folder, "python3.11"));
  shim("3.13.1");
  expect(await openImages().canRun("3.3.1")).toHaveProperty("reason");
  shim(undefined);
  const images = openImages();
  await expect(images.canRun("3.3.1")).rejects.toThrow("HANGAR_PYTHON");
  shim("3.11.9");
  expect(await images.canRun("3.3.1")).toHaveProperty("python.version", "3.11.9");
});
