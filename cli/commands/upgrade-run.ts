// hangar upgrade run: checks, shows what it would do, and brings an environment to another version, step by step of the way.
import { type ApiTarget, callApi } from "../api-client.ts";
import { updateEnvironment } from "../environments.ts";
import { exitCodes, Failure } from "../failure.ts";
import { listOperations } from "../operations.ts";
import { type Plan, planText } from "../plan-text.ts";
import { note, result } from "../print.ts";
import { targetOf } from "../region-process.ts";
import {
  checkText,
  currentCheck,
  getCheck,
  listChecks,
  makeCheck,
  noteTaken,
  refuseBlocked,
} from "../upgrade-checks.ts";
import { interruptedLines } from "../upgrade-text.ts";
import { operationFailure, watchOperation } from "../watch-operation.ts";

export interface RunOptions {
  readonly to: string;
  /** Waits for no task. */
  readonly forced?: boolean;
  readonly unchecked?: boolean;
  readonly yes?: boolean;
}

interface Hop {
  readonly From: string;
  readonly To: string;
  readonly How: string;
}

interface Upgrades {
  readonly AirflowVersion: string;
  readonly Upgrades: readonly {
    readonly To: string;
    readonly Reachable: boolean;
    readonly Reason?: string;
    readonly Hops: readonly Hop[];
  }[];
}

/**
 * Prints the version once it is reached.
 * @throws Failure with exit code 1 where a check blocks or an upgrade went back; with 2 where nobody has said --yes, after the
 * first step's dry run was shown
 */
export async function run(home: string, environment: string, options: RunOptions): Promise<void> {
  const target = targetOf(home);
  const hops = await hopsTo(target, environment, options.to);
  for (const [at, hop] of hops.entries()) {
    if (at > 0) note(`  ${hop.From} is reached; ${hop.To} is next (${at + 1} of ${hops.length})`);
    if (!options.unchecked) await checked(target, environment, hop);
    await upgrade(target, environment, hop, options);
  }
  result(options.to);
}

async function hopsTo(target: ApiTarget, environment: string, to: string): Promise<readonly Hop[]> {
  const path = `/environments/${encodeURIComponent(environment)}/upgrades`;
  const { AirflowVersion, Upgrades } = await callApi<Upgrades>(target, "GET", path);
  const found = Upgrades.find((one) => one.To === to);
  if (AirflowVersion !== to && found?.Reachable && found.Hops.every(({ How }) => How === "MIGRATE")) return found.Hops;
  const back = found?.Reachable === true;
  throw new Failure(`there is no upgrade of ${environment} from Airflow ${AirflowVersion} to ${to}`, {
    why: back ? `${to} is reached by a snapshot only` : (found?.Reason ?? `${to} is what runs, or is not known here`),
    fix: `npx hangar ${back ? "snapshot" : "upgrade"} list ${environment}`,
  });
}

/** A verdict that still holds is taken as it is. */
async function checked(target: ApiTarget, environment: string, { From, To }: Hop): Promise<void> {
  const earlier = currentCheck(await listChecks(target, environment), From, To);
  if (earlier) noteTaken(earlier);
  const check = earlier
    ? await getCheck(target, environment, earlier.CheckId)
    : await makeCheck(target, environment, To, { rehearse: false });
  if (check.Verdict !== "READY") note(checkText(check));
  refuseBlocked(environment, check);
}

async function upgrade(target: ApiTarget, environment: string, { To }: Hop, options: RunOptions): Promise<void> {
  const body = { AirflowVersion: To, ...(options.forced ? { WorkerReplacementStrategy: "FORCED" } : {}) };
  const path = `/environments/${encodeURIComponent(environment)}/plan`;
  note(planText((await callApi<{ Plan: Plan }>(target, "POST", path, body)).Plan));
  if (!options.yes)
    throw new Failure("nothing is upgraded yet", {
      why: "UI, API and scheduling are away meanwhile",
      fix: `npx hangar upgrade run ${environment} --to ${options.to}${options.forced ? " --forced" : ""}${options.unchecked ? " --unchecked" : ""} --yes`,
      exitCode: exitCodes.usage,
    });
  await updateEnvironment(target, environment, body);
  const id = (await listOperations(target, environment, 1))[0]?.OperationId ?? "";
  const operation = await watchOperation(target, environment, id);
  if (operation.Interrupted)
    for (const line of interruptedLines(operation.Interrupted, `npx hangar op get ${environment} ${id} --json`))
      note(line);
  if (operation.Status !== "SUCCEEDED") throw operationFailure(environment, operation);
}
