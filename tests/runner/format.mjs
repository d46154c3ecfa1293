// Formats what can be formatted: TypeScript and JSON by Biome, Python by Ruff.
import { spawnSync } from "node:child_process";

const runs = [
  [`node_modules/@biomejs/cli-linux-${process.arch}/biome`, ["check", "--write", "."]],
  [".venv/dataplane/bin/ruff", ["format", "dataplane"]],
];
for (const [command, args] of runs)
  process.exitCode = spawnSync(command, args, { stdio: "inherit" }).status || process.exitCode;
