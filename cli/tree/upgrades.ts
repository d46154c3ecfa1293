// The commands of version upgrades: hangar upgrade …
import type { Command } from "commander";
import { hangarHome } from "../home.ts";
import { wholeNumber } from "../whole-number.ts";

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
  for (const [name, description, rehearse] of [
    ["check", "try DAGs, packages and options under another version, beside what runs; changes nothing", false],
    ["rehearse", "the same, and migrate a copy of the database: how long it takes, and whether all is there", true],
  ] as const)
    upgrade
      .command(name)
      .description(description)
      .argument("<environment>")
      .requiredOption("--to <version>", "the Airflow version")
      .option("--timeout <seconds>", "stop waiting after that long; it goes on", wholeNumber(0))
      .option("--json", "the check with its report, as JSON")
      .action(async (environment, options) =>
        (await import("../commands/upgrade-check.ts")).check(hangarHome(), environment, options, rehearse),
      );
  upgrade
    .command("report")
    .description("what the newest check found")
    .argument("<environment>")
    .option("--to <version>", "of this version only")
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/upgrade-check.ts")).report(hangarHome(), environment, options),
    );
  upgrade
    .command("run")
    .description("check, show what it would do, and upgrade, over stepping stones where the way has them")
    .argument("<environment>")
    .requiredOption("--to <version>", "the Airflow version")
    .option("--forced", "wait for no task; else they have 15 minutes")
    .option("--unchecked", "without a check, or against what one said")
    .option("--yes", "do it; without, it ends after the dry run")
    .action(async (environment, options) =>
      (await import("../commands/upgrade-run.ts")).run(hangarHome(), environment, options),
    );
}
