// The commands of snapshots: hangar snapshot …
import { type Command, Option } from "commander";
import { hangarHome } from "../home.ts";
import { wholeNumber } from "../whole-number.ts";

export function addSnapshotCommands(program: Command): void {
  const snapshot = program
    .command("snapshot")
    .alias("snapshots")
    .description("databases that are kept: of upgrades, of deleted environments, and those you ask for");
  snapshot
    .command("list")
    .alias("ls")
    .description("snapshots, the newest first: version, when it was taken, and when it is dropped")
    .argument("[environment]", "without one: all there are, those of deleted environments too")
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/snapshot.ts")).list(hangarHome(), environment, options),
    );
  snapshot
    .command("create")
    .description("copy an environment's database as it is now; nothing is stopped for it")
    .argument("<environment>")
    .option("--description <text>", "what to remember of it")
    .option("--no-wait", "return once it is under way")
    .option("--timeout <seconds>", "stop waiting after that long; it goes on", wholeNumber(0))
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/snapshot.ts")).create(hangarHome(), environment, options),
    );
  snapshot
    .command("restore")
    .description(
      "put a copy of one in place of the database, which becomes a snapshot itself; what was written since is lost",
    )
    .argument("<environment>")
    .argument("<snapshot>")
    .option("--dry-run", "what it would do and what it would lose; changes nothing")
    .option("--yes", "do it; without, it ends after the dry run")
    .addOption(
      new Option(
        "--worker-replacement-strategy <strategy>",
        "FORCED waits for no task; else they have 15 minutes",
      ).choices(["FORCED", "GRACEFUL"]),
    )
    .option("--no-wait", "return once it is under way")
    .option("--timeout <seconds>", "stop waiting after that long; it goes on", wholeNumber(0))
    .option("--json", "the operation, or with --dry-run the plan, as JSON")
    .action(async (environment, name, options) =>
      (await import("../commands/snapshot.ts")).restore(hangarHome(), environment, name, options),
    );
  snapshot
    .command("delete")
    .description("drop one now, for good")
    .argument("<environment-or-snapshot>", "the environment; of a deleted one its snapshot, alone")
    .argument("[snapshot]")
    .option("--yes", "do it; without, nothing is dropped")
    .action(async (first, second, options) =>
      (await import("../commands/snapshot.ts")).remove(
        hangarHome(),
        second === undefined ? [first] : [first, second],
        options,
      ),
    );
}
