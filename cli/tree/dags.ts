// The commands of DAG files: hangar dag …
import { type Command, Option } from "commander";
import { hangarHome } from "../home.ts";
import { wholeNumber } from "../whole-number.ts";

export function addDagCommands(program: Command): void {
  const dag = program.command("dag").alias("dags").description("files of the DAG folder, from the bucket to Airflow");
  dag
    .command("sync")
    .description("where every file stands: version, release, parsed or not, its DAGs")
    .argument("<environment>")
    .option("--path <beginning>", "only files whose path begins so")
    .addOption(new Option("--watch", "again whenever it changes").conflicts("wait"))
    .option("--wait", "return once what lies in the bucket now is served everywhere, or held (1)")
    .option("--timeout <seconds>", "stop waiting after that long (7)", wholeNumber(0))
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/dag.ts")).sync(hangarHome(), environment, options),
    );
  dag
    .command("errors")
    .description("files with errors, and files not served as they lie in the bucket")
    .argument("<environment>")
    .option("--path <beginning>", "only files whose path begins so")
    .option("--exit-code", "end with 1 when there are any")
    .option("--json", "as JSON")
    .action(async (environment, options) =>
      (await import("../commands/dag.ts")).errors(hangarHome(), environment, options),
    );
}
