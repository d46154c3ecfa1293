// The commands of snapshots: hangar snapshot …
import { type Command, Option } from "commander";
import { hangarHome } from "../home.ts";
import { wholeNumber } from "../whole-number.ts";

export function addSnapshotCommands(program: Command): void {
  const snapshot = program
    .command("snapshot")
    .alias("snapshots")
    .description("databases that upgrades have left, and the way back to one");
  snapshot
    .command("list")
    .alias("ls")
    .description("snapshots, the newest first: version, when it was taken, and when it is dropped")
    .argument("<environment>")
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/snapshot.ts")).list(hangarHome(), environment, options),
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
    .argument("<environment>")
    .argument("<snapshot>")
    .option("--yes", "do it; without, nothing is dropped")
    .action(async (environment, name, options) =>
      (await import("../commands/snapshot.ts")).remove(hangarHome(), environment, name, options),
    );
}
