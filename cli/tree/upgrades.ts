// The commands of version upgrades: hangar upgrade …
import type { Command } from "commander";
import { hangarHome } from "../home.ts";

export function addUpgradeCommands(program: Command): void {
  const upgrade = program.command("upgrade").description("an environment's Airflow version");
  upgrade
    .command("list")
    .alias("ls")
    .description("which versions can be reached, over which others, and why not; options that change there")
    .argument("<environment>")
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/upgrade.ts")).list(hangarHome(), environment, options),
    );
}
