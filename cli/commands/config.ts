// hangar config: the configuration options of an environment, and what they are worth to its Airflow.
import { explainOption, getConfiguration, noteWarnings } from "../configuration.ts";
import { exitCodes, Failure } from "../failure.ts";
import { result, table } from "../print.ts";
import { targetOf } from "../region-process.ts";

/** Prints a table of those that are set; warnings go to stderr, or with --json to where the API has them. */
export async function list(home: string, environment: string, options: { json?: boolean }): Promise<void> {
  const configuration = await getConfiguration(targetOf(home), environment);
  if (options.json) return result(JSON.stringify(configuration, null, 2));
  const rows = configuration.Options.map(({ Name, Value, Warning }) => [Name, Value, Warning ?? ""]);
  result(rows.length > 0 ? table(["option", "value", "warning"], rows) : "no option is set");
  noteWarnings(configuration.Warnings);
}

/** Prints the value alone. @throws Failure when it is not set */
export async function get(home: string, environment: string, option: string): Promise<void> {
  const { Value } = await explainOption(targetOf(home), environment, option);
  if (Value !== null) return result(Value);
  throw new Failure(`${environment} does not set ${option}`, {
    why: "Airflow's own default applies, or what Hangar recommends",
    fix: `npx hangar config explain ${environment} ${option}`,
    exitCode: exitCodes.notFound,
  });
}

/** Prints what the option is, whether it is set, and what is to be said about it. */
export async function explain(
  home: string,
  environment: string,
  option: string,
  options: { json?: boolean },
): Promise<void> {
  const explained = await explainOption(targetOf(home), environment, option);
  if (options.json) return result(JSON.stringify(explained, null, 2));
  const rows = [
    ["option", explained.Option],
    ["variable", explained.Variable],
    ["value", explained.Value ?? "not set"],
    ["sensitive", explained.Sensitive ? "yes: shown as ***" : "no"],
    ["airflow", explained.Versions.join(", ") || "no version known here has it"],
    ["verdict", explained.Message],
  ];
  result(rows.map(([head = "", text]) => `${head.padEnd(12)}${text}`).join("\n"));
}
