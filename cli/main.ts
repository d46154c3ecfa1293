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
  .option("--key <name>", "with the key of this user, or the key with this id")
  .passThroughOptions()
  .action(async (command: string[], options) =>
    (await import("./commands/exec.ts")).exec(hangarHome(), command, options),
  );

const auth = program.command("auth").description("who may do what in the region");
auth
  .command("whoami")
  .description("who the region takes you for")
  .option("--key <name>", "with the key of this user, or the key with this id")
  .option("--json", "as JSON")
  .action(async (options) => (await import("./commands/auth.ts")).whoami(hangarHome(), options));
auth
  .command("policy")
  .description("show a user's policies, or put one in their place")
  .argument("<user>")
  .argument("[policy]", "admin, operate, read-only, or a file with a policy document")
  .action(async (user: string, given?: string) =>
    (await import("./commands/auth.ts")).policy(hangarHome(), user, given),
  );
const keys = auth.command("keys").alias("key").description("access keys");
keys
  .command("list")
  .alias("ls")
  .description("every key, whose it is and what it may do")
  .option("--json", "as JSON")
  .action(async (options) => (await import("./commands/auth.ts")).listKeys(hangarHome(), options));
keys
  .command("create")
  .description("make a key; its secret is shown once")
  .requiredOption("--name <user>", "whose key; the user is made when there is none of that name")
  .option("--policy <policy>", "admin, operate, read-only, or a file with a policy document")
  .option("--json", "as JSON")
  .option("--profile-env", "as lines for a shell to evaluate: endpoint, region and key")
  .action(async (options) => (await import("./commands/auth.ts")).createKey(hangarHome(), options));
keys
  .command("revoke")
  .alias("rm")
  .description("revoke a key at once")
  .argument("<id>")
  .action(async (id: string) => (await import("./commands/auth.ts")).revokeKey(hangarHome(), id));

program
  .command("proxy")
  .description("a loopback address for browsers and unmodified MWAA clients; signs for them")
  .option("--port <port>", "for MWAA clients; 0: any free one", Number, 0)
  .option("--browser-port <port>", "for browsers and scripts; 0: any free one", Number, 0)
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
  .command("delete")
  .alias("rm")
  .description("delete an environment; its bucket stays")
  .argument("<name>")
  .option("--no-wait", "return at once")
  .action(async (name: string, options) => (await import("./commands/env.ts")).remove(hangarHome(), name, options));

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
