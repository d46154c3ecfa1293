// The commands of configuration options: hangar config …
import type { Command } from "commander";
import { hangarHome } from "../home.ts";

export function addConfigurationCommands(program: Command): void {
  const config = program.command("config").description("an environment's Airflow configuration options");
  config
    .command("list")
    .alias("ls")
    .description("what is set, and warnings about it")
    .argument("<environment>")
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/config.ts")).list(hangarHome(), environment, options),
    );
  config
    .command("get")
    .description("the value of one option; *** where it may be secret")
    .argument("<environment>")
    .argument("<option>")
    .action(async (environment, option) =>
      (await import("../commands/config.ts")).get(hangarHome(), environment, option),
    );
  config
    .command("explain")
    .description("what an option is to this environment's Airflow, set or not")
    .argument("<environment>")
    .argument("<option>")
    .option("--json", "as JSON")
    .action(async (environment, option, options) =>
      (await import("../commands/config.ts")).explain(hangarHome(), environment, option, options),
    );
}
