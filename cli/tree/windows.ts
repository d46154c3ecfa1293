// The commands of maintenance windows: hangar window …
import type { Command } from "commander";
import { hangarHome } from "../home.ts";

export function addWindowCommands(program: Command): void {
  const window = program
    .command("window")
    .alias("windows")
    .description("maintenance windows: when they open, and what waits for one");
  window
    .command("show")
    .alias("get")
    .description("the window that is open or comes next, and what waits for it")
    .argument("<environment>")
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/window.ts")).show(hangarHome(), environment, options),
    );
  window
    .command("skip")
    .description("let the window that is open or comes next pass; what waits begins with the one after it")
    .argument("<environment>")
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/window.ts")).skip(hangarHome(), environment, options),
    );
  window
    .command("defer")
    .description("open the window that is open or comes next later, this once")
    .argument("<environment>")
    .argument("<time>", "UTC, on the hour or at half past, as 2026-01-04T03:30")
    .option("--json", "as JSON")
    .action(async (environment, time, options) =>
      (await import("../commands/window.ts")).defer(hangarHome(), environment, time, options),
    );
  window
    .command("cancel")
    .description("take off the change that waits")
    .argument("<environment>")
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/window.ts")).cancel(hangarHome(), environment, options),
    );
}
