// The commands of environments: hangar env … Handlers are loaded when they are called.
import { type Command, Option } from "commander";
import { hangarHome } from "../home.ts";
import { flagOf, requestFlags } from "../request-flags.ts";
import { updateFlags } from "../update-request.ts";
import { wholeNumber } from "../whole-number.ts";

export function addEnvironmentCommands(program: Command): void {
  const env = program.command("env").alias("environments").description("environments");
  env
    .command("create")
    .description("make a ready bucket (unless one is named) and an environment")
    .argument("<name>")
    .option("--airflow-version <version>", "default: the newest")
    .option("--environment-class <class>", "mw1.micro, mw1.small, …")
    .option("--bucket <name>", "an existing source bucket")
    .option("--dag-s3-path <path>", "the DAG folder in the bucket", "dags")
    .option("--min-workers <count>", "", wholeNumber(1))
    .option("--max-workers <count>", "", wholeNumber(1))
    .addOption(configurationOptions())
    .option("--from-snapshot <name>", "with a copy of a snapshot's database, and its version (hangar snapshot list)")
    .option("--pause-dags", "of a snapshot: pause every DAG; so it is where its own environment is there still")
    .option("--no-pause-dags", "of a snapshot: leave DAGs as they were")
    .option("--no-wait", "return at once")
    .action(async (name, options) => (await import("../commands/env.ts")).create(hangarHome(), name, options));
  env
    .command("list")
    .alias("ls")
    .description("names and statuses")
    .option("--json", "as JSON")
    .action(async (options) => (await import("../commands/env.ts")).list(hangarHome(), options));
  env
    .command("get")
    .alias("describe")
    .description("one environment, as GetEnvironment shows it")
    .argument("<name>")
    .action(async (name) => (await import("../commands/env.ts")).get(hangarHome(), name));
  env
    .command("status")
    .description("how an environment is, and what is being done to it")
    .argument("<name>")
    .option("--explain", "why it has as many workers as it has")
    .option("--json", "as JSON")
    .action(async (name, options) => (await import("../commands/env-status.ts")).status(hangarHome(), name, options));
  addUpdate(env);
  env
    .command("delete")
    .alias("rm")
    .description("delete an environment; its bucket stays, and its database for a week as a snapshot")
    .argument("<name>")
    .option("--no-snapshot", "drop the database at once")
    .option("--no-wait", "return at once")
    .action(async (name, options) => (await import("../commands/env.ts")).remove(hangarHome(), name, options));
  env
    .command("tag")
    .description("set tags; others stay")
    .argument("<name>")
    .argument("<key=value...>")
    .action(async (name, pairs) => (await import("../commands/tags.ts")).tag(hangarHome(), name, pairs));
  env
    .command("untag")
    .description("take tags away")
    .argument("<name>")
    .argument("<key...>")
    .action(async (name, keys) => (await import("../commands/tags.ts")).untag(hangarHome(), name, keys));

  const access = env.command("access").description("who gets which Airflow role");
  access
    .command("get")
    .description("the table of principals and roles, in the order in which it is read")
    .argument("<name>")
    .option("--json", "as JSON, in the form that set takes")
    .action(async (name, options) => (await import("../commands/access.ts")).getAccess(hangarHome(), name, options));
  access
    .command("set")
    .description("put the table of a file in its place; - reads what is piped in")
    .argument("<name>")
    .argument("<file>")
    .action(async (name, file) => (await import("../commands/access.ts")).setAccess(hangarHome(), name, file));
}

/** As `env update` takes them: the AWS CLI's shorthand, JSON, or `file://`. */
function configurationOptions(): Option {
  const member = "AirflowConfigurationOptions";
  const { flag, value, description, members } = requestFlags("CreateEnvironmentInput").find(
    (one) => one.flag === flagOf(member),
  )!;
  return new Option(`${flag} <${value}>`, description).argParser((text: string) => members(text)[member]);
}

/** Its flags come from the service model; values with parts are the AWS CLI's shorthand, JSON, or `file://`. */
function addUpdate(env: Command): void {
  const flags = updateFlags();
  const options = flags.map(({ flag, value, description }) => ({
    flag,
    option: new Option(value === undefined ? flag : `${flag} <${value}>`, description),
  }));
  const update = env
    .command("update")
    .description("change an environment, or show what a change would do; without a flag patches are applied")
    .argument("<name>");
  for (const { option } of options) update.addOption(option);
  update
    .option("--dry-run", "print the plan; nothing is changed")
    .option("--in-window", "in the next maintenance window instead of now; prints when that is")
    .option("--may-overrun", "with --in-window: begin even where it would not be done by the window's end")
    .option("--json", "the plan, or the operation once it has ended, as JSON")
    .option("--timeout <seconds>", "stop waiting after that long; the operation goes on", wholeNumber(0))
    .option("--no-wait", "print the operation's id and return at once")
    .action(async (name, given) => {
      const values = Object.fromEntries(options.map(({ flag, option }) => [flag, given[option.attributeName()]]));
      await (await import("../commands/update.ts")).update(hangarHome(), name, flags, values, given);
    });
}
