// The commands of releases: hangar release …
import type { Command } from "commander";
import { hangarHome } from "../home.ts";
import { wholeNumber } from "../whole-number.ts";

export function addReleaseCommands(program: Command): void {
  const release = program.command("release").alias("releases").description("what was made of the uploads");
  release
    .command("list")
    .alias("ls")
    .description("releases, the newest first: who, when, what changed, and what became of it")
    .argument("<environment>")
    .option("--limit <count>", "at most that many", wholeNumber(1), 25)
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/release.ts")).list(hangarHome(), environment, options),
    );
  release
    .command("get")
    .alias("describe")
    .description("one release with its files")
    .argument("<environment>")
    .argument("<number>", "", wholeNumber(1))
    .option("--path <beginning>", "only files whose path begins so")
    .option("--json", "as JSON")
    .action(async (environment, number, options) =>
      (await import("../commands/release.ts")).get(hangarHome(), environment, number, options),
    );
  release
    .command("diff")
    .description("what changed from one release to another")
    .argument("<environment>")
    .argument("<from>", "", wholeNumber(1))
    .argument("<to>", "", wholeNumber(1))
    .option("--path <beginning>", "only files whose path begins so")
    .option("--json", "as JSON")
    .action(async (environment, from, to, options) =>
      (await import("../commands/release.ts")).diff(hangarHome(), environment, from, to, options),
    );
  release
    .command("rollback")
    .description(
      "go back to an earlier release's files, with --layers to its packages, too; where it ran on another Airflow version alone, to a snapshot of that; waits until every task runs them",
    )
    .argument("<environment>")
    .argument("<number>", "", wholeNumber(1))
    .option("--layers", "also its plugins, requirements and startup script, by a graceful update")
    .option("--files-only", "its DAG files alone, whatever Airflow version it ran on")
    .option("--dry-run", "show by which way, and change nothing")
    .option("--yes", "do it, also where something is lost")
    .option("--no-wait", "return once they are live, and the update is under way")
    .option("--timeout <seconds>", "stop waiting after that long; the tasks go on", wholeNumber(0))
    .option("--json", "the new release and what is said of its layer as JSON")
    .action(async (environment, number, options) =>
      (await import("../commands/release.ts")).rollback(hangarHome(), environment, number, options),
    );
}
