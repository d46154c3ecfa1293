// The commands of operations: hangar op …
import type { Command } from "commander";
import { hangarHome } from "../home.ts";
import { wholeNumber } from "../whole-number.ts";

export function addOperationCommands(program: Command): void {
  const op = program.command("op").alias("operations").description("what was and is done to an environment");
  op.command("list")
    .alias("ls")
    .description("operations, the newest first")
    .argument("<environment>")
    .option("--limit <count>", "at most that many", wholeNumber(1), 25)
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/op.ts")).list(hangarHome(), environment, options),
    );
  op.command("get")
    .alias("describe")
    .description("one operation, step by step")
    .argument("<environment>")
    .argument("<id>")
    .option("--json", "as JSON")
    .action(async (environment, id, options) =>
      (await import("../commands/op.ts")).get(hangarHome(), environment, id, options),
    );
  waiting(op.command("watch"), "wait for an operation; ends as it ends").action(async (environment, id, options) =>
    (await import("../commands/op.ts")).watch(hangarHome(), environment, id, options),
  );
  waiting(op.command("cancel"), "turn a running operation round: it takes back what it did")
    .option("--no-wait", "return at once")
    .action(async (environment, id, options) =>
      (await import("../commands/op.ts")).cancel(hangarHome(), environment, id, options),
    );
  waiting(op.command("resume"), "start a stuck operation again")
    .option("--no-wait", "return at once")
    .action(async (environment, id, options) =>
      (await import("../commands/op.ts")).resume(hangarHome(), environment, id, options),
    );
}

const waiting = (command: Command, description: string): Command =>
  command
    .description(description)
    .argument("<environment>")
    .argument("<id>")
    .option("--timeout <seconds>", "stop waiting after that long; the operation goes on", wholeNumber(0))
    .option("--json", "the operation, once it has ended, as JSON");
