// hangar env status: how an environment is, and what is being done to it, on a few lines.
import { type Environment, needEnvironment, noteSupport } from "../environments.ts";
import { maintenanceLines } from "../maintenance.ts";
import { listOperations, runningStep } from "../operations.ts";
import { result } from "../print.ts";
import { targetOf } from "../region-process.ts";

/** Status, workers, last update, and the newest operation with the step it is at. @param options.explain why so many */
export async function status(
  home: string,
  name: string,
  options: { explain?: boolean; json?: boolean },
): Promise<void> {
  const target = targetOf(home);
  const environment = await needEnvironment(target, name);
  const [operation] = await listOperations(target, name, 1);
  const step = operation && runningStep(operation);
  const { Status, LastUpdate } = environment;
  const workers = environment.Hangar?.Workers;
  if (options.json) {
    return result(
      JSON.stringify({
        Name: name,
        Status,
        Workers: workers ?? null,
        LastUpdate,
        Maintenance: environment.Hangar?.Maintenance ?? null,
        Operation: operation ?? null,
        Step: step ?? null,
      }),
    );
  }
  const { Error: error } = LastUpdate ?? {};
  const doing = operation && `${operation.Type} ${operation.Status}${step ? ` at ${step}` : ""}`;
  result(
    [
      `status       ${Status}`,
      `airflow      ${environment.AirflowVersion} on ${environment.EnvironmentClass}, http://${environment.WebserverUrl}`,
      ...(workers ? [`workers      ${workersLine(environment, workers)}`] : []),
      ...(workers && options.explain ? [`             ${whyWorkers(workers)}`] : []),
      ...(LastUpdate ? [`last update  ${LastUpdate.Status}${error ? `: ${error.ErrorMessage}` : ""}`] : []),
      ...(environment.Hangar?.Maintenance ? maintenanceLines(environment.Hangar.Maintenance) : []),
      ...(environment.Hangar?.Snapshots ?? []).map(snapshotLine),
      ...(doing ? [`operation    ${doing}, ${operation.OperationId}`] : []),
    ].join("\n"),
  );
  noteSupport(environment.Hangar?.Support);
}

type Snapshot = NonNullable<NonNullable<Environment["Hangar"]>["Snapshots"]>[number];

const snapshotLine = ({ Name, AirflowVersion, ExpiresAt }: Snapshot): string =>
  `snapshot     ${Name}, of Airflow ${AirflowVersion}, until ${new Date(ExpiresAt * 1000).toISOString()}`;

type Workers = NonNullable<NonNullable<Environment["Hangar"]>["Workers"]>;

function workersLine({ MinWorkers, MaxWorkers }: Environment, { Wanted, Draining }: Workers): string {
  const leaving = Draining > 0 ? `, ${Draining} more finish their tasks and go` : "";
  return `${Wanted}, between ${MinWorkers} and ${MaxWorkers}${leaving}`;
}

function whyWorkers({ Reason, ChangedAt }: Workers): string {
  if (Reason === undefined) return "scaling has not looked yet: as many as it was created with";
  const since = ChangedAt ? ` (changed ${new Date(ChangedAt * 1000).toISOString()})` : "";
  return `${Reason}${since}`;
}
