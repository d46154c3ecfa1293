// Resolves an image in a process of its own, for tests that kill it half-way.
// Usage: node resolve-image.ts <folder> <repoRoot> <uv> <image>
import { createImages } from "../images.ts";

const [folder, repoRoot, uv, image] = process.argv.slice(2) as [string, string, string, string];
const python = { version: "3.11.9", path: "/bin/true", hasPip: true, hasVenv: true };
const images = createImages({ folder, repoRoot, uv, findPythons: async () => [python] });
const { root } = await images.resolve(image);
process.stdout.write(`${root}\n`);
