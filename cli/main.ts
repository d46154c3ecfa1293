// The hangar command: what it can do, in one table of commands. Handlers are loaded when they are called.
import { Command } from "commander";
import { asFailure, exitCodes, failureText } from "./failure.ts";
import { hangarHome } from "./home.ts";
import { note } from "./print.ts";

const program = new Command("hangar")
  .description("Managed Apache Airflow on one machine and in your AWS account. Speaks Amazon MWAA's API.")
  .showSuggestionAfterError()
  .enablePositionalOptions()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : exitCodes.usage));

program
  .command("up")
  .description("start the one-machine region (detached); what ran before it was stopped is started again")
  .action(async () => (await import("./commands/up.ts")).up(hangarHome()));

program
  .command("down")
  .description("stop everything the region started; its state stays")
  .action(async () => (await import("./commands/down.ts")).down(hangarHome()));

program
  .command("status")
  .description("what runs here")
  .option("--json", "as JSON")
  .action(async (options: { json?: boolean }) => (await import("./commands/status.ts")).status(hangarHome(), options));

program
  .command("exec")
  .description("run a command with the region's endpoint and keys: hangar exec -- aws s3 ls")
  .argument("<command...>")
  .passThroughOptions()
  .action(async (command: string[]) => (await import("./commands/exec.ts")).exec(hangarHome(), command));

program
  .command("demo")
  .description("the main job: a real Airflow environment, from nothing to a finished DAG run")
  .option("--json", "print one JSON object as the last line")
  .action(async (options: { json?: boolean }) => (await import("./commands/demo.ts")).demo(hangarHome(), options));

const env = program.command("env").alias("environments").description("environments");
env
  .command("create")
  .description("make a ready bucket (unless one is named) and an environment")
  .argument("<name>")
  .option("--airflow-version <version>", "default: the newest")
  .option("--environment-class <class>", "mw1.micro, mw1.small, …")
  .option("--bucket <name>", "an existing source bucket")
  .option("--dag-s3-path <path>", "the DAG folder in the bucket", "dags")
  .option("--min-workers <count>", "", Number)
  .option("--max-workers <count>", "", Number)
  .option("--no-wait", "return at once")
  .action(async (name: string, options) => (await import("./commands/env.ts")).create(hangarHome(), name, options));
env
  .command("list")
  .alias("ls")
  .description("names and statuses")
  .option("--json", "as JSON")
  .action(async (options) => (await import("./commands/env.ts")).list(hangarHome(), options));
env
  .command("get")
  .alias("describe")
  .description("one environment, as GetEnvironment shows it")
  .argument("<name>")
  .action(async (name: string) => (await import("./commands/env.ts")).get(hangarHome(), name));
env
  .command("login")
  .description("print the address, user and password of an environment's web interface")
  .argument("<name>")
  .action(async (name: string) => (await import("./commands/env.ts")).login(hangarHome(), name));
env
  .command("delete")
  .alias("rm")
  .description("delete an environment; its bucket stays")
  .argument("<name>")
  .option("--no-wait", "return at once")
  .action(async (name: string, options) => (await import("./commands/env.ts")).remove(hangarHome(), name, options));

program
  .command("image")
  .description("images: virtual environments per Airflow version")
  .command("build")
  .argument("<version>")
  .action(async (version: string) => void (await (await import("./commands/image.ts")).build(hangarHome(), version)));

try {
  await program.parseAsync();
} catch (error) {
  const failure = asFailure(error);
  note(failureText(failure));
  if (process.env["HANGAR_DEBUG"] && failure.cause instanceof Error) note(failure.cause.stack ?? "");
  process.exitCode = failure.exitCode;
}
