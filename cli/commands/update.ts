// hangar env update: changes an environment, or shows what a change would do.
import { callApi } from "../api-client.ts";
import { updateEnvironment } from "../environments.ts";
import { listOperations } from "../operations.ts";
import { noteWarnings } from "../configuration.ts";
import { type Plan, planText } from "../plan-text.ts";
import { note, result } from "../print.ts";
import { targetOf } from "../region-process.ts";
import { type RequestFlag, requestOf } from "../request-flags.ts";
import { updateBody } from "../update-request.ts";
import { interruptedLines } from "../upgrade-text.ts";
import { operationFailure, watchOperation } from "../watch-operation.ts";

export interface UpdateOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

/**
 * Prints the ARN once the change is made; the operation's id with --no-wait; the plan with --dry-run.
 * @param given value by flag
 */
export async function update(
  home: string,
  name: string,
  flags: readonly RequestFlag[],
  given: Readonly<Record<string, string | true | undefined>>,
  options: UpdateOptions,
): Promise<void> {
  const body = updateBody(requestOf(flags, given));
  const target = targetOf(home);
  const planned = async () => {
    const path = `/environments/${encodeURIComponent(name)}/plan`;
    return (await callApi<{ Plan: Plan }>(target, "POST", path, body)).Plan;
  };
  if (options.dryRun) {
    const plan = await planned();
    return result(options.json ? JSON.stringify(plan, null, 2) : planText(plan));
  }
  // the record has its old options until the update is made: what is to be said about the new ones, or about those that stay
  // under another version, the plan knows
  if (body["AirflowConfigurationOptions"] || body["AirflowVersion"]) noteWarnings((await planned()).Warnings);
  const arn = await updateEnvironment(target, name, body);
  const started = await listOperations(target, name, 1);
  const id = started[0]?.OperationId ?? "";
  if (!options.wait) {
    result(id);
    note(`  it goes on; watch it: npx hangar op watch ${name} ${id}`);
    return;
  }
  const operation = await watchOperation(target, name, id, { timeoutSeconds: options.timeout });
  if (operation.Interrupted)
    for (const line of interruptedLines(operation.Interrupted, `npx hangar op get ${name} ${id} --json`)) note(line);
  if (options.json) result(JSON.stringify(operation, null, 2));
  if (operation.Status !== "SUCCEEDED") throw operationFailure(name, operation);
  if (!options.json) result(arn);
}
