// hangar env update: changes an environment, or shows what a change would do.
import { type ApiTarget, callApi } from "../api-client.ts";
import { updateEnvironment } from "../environments.ts";
import { exitCodes, Failure } from "../failure.ts";
import { type Maintenance, pendingText } from "../maintenance.ts";
import { isRunning, listOperations } from "../operations.ts";
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
  readonly inWindow?: boolean;
  readonly mayOverrun?: boolean;
  readonly json?: boolean;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

/**
 * Prints the ARN once the change is made; the operation's id with --no-wait; the plan with --dry-run; when it begins with
 * --in-window. One that is queued because the environment is being maintained is not waited for.
 * @param given value by flag
 */
export async function update(
  home: string,
  name: string,
  flags: readonly RequestFlag[],
  given: Readonly<Record<string, string | true | undefined>>,
  options: UpdateOptions,
): Promise<void> {
  if (options.mayOverrun && !options.inWindow)
    throw new Failure("--may-overrun is for --in-window: what begins now has no end to overrun", {
      fix: "add --in-window, or leave --may-overrun out",
      exitCode: exitCodes.usage,
    });
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
  if (options.inWindow) return inWindow(target, name, { ...body, MayOverrun: options.mayOverrun ?? false }, options);
  const arn = await updateEnvironment(target, name, body);
  const [started] = await listOperations(target, name, 1);
  if (started?.Window !== undefined && isRunning(started)) {
    note(`  ${name} is being maintained: the update is queued, and begins when that has ended`);
    note(`  see it: npx hangar window show ${name}   take it off: npx hangar window cancel ${name}`);
    return result(options.json ? JSON.stringify({ Arn: arn, Queued: true }) : arn);
  }
  const id = started?.OperationId ?? "";
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

/** Asks for it in the next window. Prints when that is. */
async function inWindow(target: ApiTarget, name: string, body: object, { json }: UpdateOptions): Promise<void> {
  const path = `/environments/${encodeURIComponent(name)}/pending`;
  const { Maintenance: maintenance } = await callApi<{ Maintenance: Maintenance }>(target, "POST", path, body);
  if (json) return result(JSON.stringify(maintenance, null, 2));
  const pending = maintenance.Pending;
  if (pending) result(pendingText(pending));
  note(`  see it: npx hangar window show ${name}   take it off: npx hangar window cancel ${name}`);
}
