// hangar env status: how an environment is, and what is being done to it, on a few lines.
import { needEnvironment } from "../environments.ts";
import { listOperations, runningStep } from "../operations.ts";
import { result } from "../print.ts";
import { targetOf } from "../region-process.ts";

/** Status, last update, and the newest operation with the step it is at. */
export async function status(home: string, name: string, options: { json?: boolean }): Promise<void> {
  const target = targetOf(home);
  const environment = await needEnvironment(target, name);
  const [operation] = await listOperations(target, name, 1);
  const step = operation && runningStep(operation);
  const { Status, LastUpdate } = environment;
  if (options.json) {
    return result(JSON.stringify({ Name: name, Status, LastUpdate, Operation: operation ?? null, Step: step ?? null }));
  }
  const { Error: error } = LastUpdate ?? {};
  const doing = operation && `${operation.Type} ${operation.Status}${step ? ` at ${step}` : ""}`;
  result(
    [
      `status       ${Status}`,
      `airflow      ${environment.AirflowVersion} on ${environment.EnvironmentClass}, http://${environment.WebserverUrl}`,
      ...(LastUpdate ? [`last update  ${LastUpdate.Status}${error ? `: ${error.ErrorMessage}` : ""}`] : []),
      ...(doing ? [`operation    ${doing}, ${operation.OperationId}`] : []),
    ].join("\n"),
  );
}
