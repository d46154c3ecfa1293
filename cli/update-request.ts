// The flags of `hangar env update`: every member of UpdateEnvironment, and one flag for each thing that can be taken away.
import { flagOf, type RequestFlag, requestFlags } from "./request-flags.ts";

/** A person who types a command wants running tasks to end well; on the wire the default is MWAA's, FORCED. */
const usualStrategy = "GRACEFUL";

/** In the order of the model; then what clears. Null is Hangar's extension: MWAA cannot take a file away. */
export const updateFlags = (): readonly RequestFlag[] =>
  requestFlags("UpdateEnvironmentInput", clearable).map((one) =>
    one.flag === flagOf("WorkerReplacementStrategy")
      ? { ...one, description: `${one.description}; ${usualStrategy} when not given` }
      : one,
  );

/** The body of UpdateEnvironment, and of its dry run. */
export const updateBody = (request: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  WorkerReplacementStrategy: usualStrategy,
  ...request,
});

/** The options, and each uploaded file with its version: `--clear-plugins`. */
function clearable(members: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const files = members.flatMap((member) => {
    const [, file] = /^(.+)S3ObjectVersion$/.exec(member) ?? [];
    return file === undefined ? [] : [file];
  });
  return {
    [flagOf("ClearAirflowConfigurationOptions")]: ["AirflowConfigurationOptions"],
    ...Object.fromEntries(files.map((file) => [flagOf(`Clear${file}`), [`${file}S3Path`, `${file}S3ObjectVersion`]])),
  };
}
