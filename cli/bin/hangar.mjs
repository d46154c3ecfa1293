#!/usr/bin/env node
// The hangar command. Whatever Node started this, the work runs on the Node that came with the packages.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const own = `${root}node_modules/.bin/node`;
const main = fileURLToPath(new URL("../main.ts", import.meta.url));

if (Number(process.versions.node.split(".")[0]) >= 24) await import(main);
else if (existsSync(own)) {
  const child = spawn(own, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? "SIGTERM"] ?? 15)));
} else {
  console.error("error: Hangar needs Node 24 and it is not installed here");
  console.error(`  why: this is Node ${process.versions.node}, and node_modules/.bin/node is missing`);
  console.error("  fix: run npm ci in the project's folder, without --omit=optional");
  process.exit(1);
}
