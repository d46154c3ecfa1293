// What the hangar command can do, as one tree of commands. Handlers are loaded when they are called.
import { Command } from "commander";
import type { UpOptions } from "./commands/up.ts";
import { exitCodes } from "./failure.ts";
import { hangarHome } from "./home.ts";
import { addAccessKeyCommands } from "./tree/access-keys.ts";
import { addConfigurationCommands } from "./tree/configuration.ts";
import { addBucketCommands } from "./tree/buckets.ts";
import { addDagCommands } from "./tree/dags.ts";
import { addEnvironmentCommands } from "./tree/environments.ts";
import { addOperationCommands } from "./tree/operations.ts";
import { addReleaseCommands } from "./tree/releases.ts";
import { addSnapshotCommands } from "./tree/snapshots.ts";
import { addUpgradeCommands } from "./tree/upgrades.ts";
import { addWindowCommands } from "./tree/windows.ts";
import { wholeNumber } from "./whole-number.ts";

/** The tree; parsing runs what the words name. A line that names nothing ends the process with 2. */
export function hangarProgram(): Command {
  const program = new Command("hangar")
    .description("Managed Apache Airflow on one machine and in your AWS account. Speaks Amazon MWAA's API.")
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : exitCodes.usage));

  program
    .command("up")
    .description("start the one-machine region (detached); what ran before it was stopped is started again")
    .option(
      "--unkind [seed]",
      "be as unkind as AWS now and then is: throttle, repeat, delay; by a seed, which is printed and kept",
    )
    .option("--no-unkind", "be kind again")
    .action(async (options: UpOptions) => (await import("./commands/up.ts")).up(hangarHome(), options));

  program
    .command("down")
    .description("stop everything the region started; its state stays")
    .action(async () => (await import("./commands/down.ts")).down(hangarHome()));

  program
    .command("status")
    .description("what runs here")
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }) =>
      (await import("./commands/status.ts")).status(hangarHome(), options),
    );

  program
    .command("exec")
    .description("run a command with the region's endpoint and keys: hangar exec -- aws s3 ls")
    .argument("<command...>")
    .option("--key <name>", "with the key of this user, or the key with this id")
    .passThroughOptions()
    .action(async (command: string[], options) =>
      (await import("./commands/exec.ts")).exec(hangarHome(), command, options),
    );

  addAccessKeyCommands(program);

  program
    .command("proxy")
    .description("a loopback address for browsers and unmodified MWAA clients; signs for them")
    .option("--port <port>", "for MWAA clients; 0: any free one", wholeNumber(0), 0)
    .option("--browser-port <port>", "for browsers and scripts; 0: any free one", wholeNumber(0), 0)
    .option("--ipv6", "listen on ::1 as well")
    .option("--read-only", "forward GET only")
    .option("--key <name>", "with the key of this user, or the key with this id; default: the operator's")
    .option("--endpoint <url>", "an API in AWS, with your AWS credentials; default: the region of this machine")
    .option("--unix-socket <path>", "for scripts: the browsers' listener on a socket only you can open")
    .option("--console <folder>", "serve this page instead of the small one")
    .option("-v, --verbose", "a line on stderr for each request")
    .action(async (options) => (await import("./commands/proxy.ts")).proxy(hangarHome(), options));

  program
    .command("demo")
    .description("the main job: a real Airflow environment, from nothing to a finished DAG run")
    .option("--json", "print one JSON object as the last line")
    .action(async (options: { json?: boolean }) => (await import("./commands/demo.ts")).demo(hangarHome(), options));

  addEnvironmentCommands(program);
  addConfigurationCommands(program);
  addOperationCommands(program);
  addDagCommands(program);
  addReleaseCommands(program);
  addUpgradeCommands(program);
  addSnapshotCommands(program);
  addWindowCommands(program);
  addBucketCommands(program);

  program
    .command("airflow")
    .description("run one command of Airflow's own command line: hangar airflow first -- dags list")
    .argument("<environment>")
    .argument("<command...>")
    .passThroughOptions()
    .action(async (name: string, words: string[]) =>
      (await import("./commands/airflow.ts")).airflow(hangarHome(), name, words[0] === "--" ? words.slice(1) : words),
    );

  program
    .command("api")
    .description("call an environment's Airflow REST API: hangar api first GET /dags")
    .argument("<environment>")
    .argument("<METHOD>")
    .argument("<path>", "below the API's root, without a query")
    .option("--query <key=value>", "may come several times", collected)
    .option("--body <json>", "what is sent")
    .option("--role <role>", "the Airflow role to act in; default: that of the access table")
    .action(async (name: string, method: string, path: string, options) =>
      (await import("./commands/api.ts")).api(hangarHome(), name, method, path, options),
    );

  program
    .command("offerings")
    .description("Airflow versions and environment classes to be had here, with list prices")
    .option("--json", "as JSON")
    .action(async (options) => (await import("./commands/offerings.ts")).offerings(hangarHome(), options));

  program
    .command("open")
    .description("print a link that signs a browser in to an environment's Airflow, and open it")
    .argument("<environment>")
    .option("--print", "only print it")
    .action(async (name: string, options) => (await import("./commands/open.ts")).open(hangarHome(), name, options));

  program
    .command("image")
    .description("images: virtual environments per Airflow version")
    .command("build")
    .description("build the image of an Airflow version")
    .argument("<version>")
    .action(async (version: string) => void (await (await import("./commands/image.ts")).build(hangarHome(), version)));

  return program;
}

const collected = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];
