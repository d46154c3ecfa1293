// hangar upgrade check, rehearse and report: what an upgrade would meet, before anything is changed.
import { Failure, exitCodes } from "../failure.ts";
import { result } from "../print.ts";
import { targetOf } from "../region-process.ts";
import { checkText, type CheckWithReport, getCheck, listChecks, makeCheck, refuseBlocked } from "../upgrade-checks.ts";

export interface CheckOptions {
  readonly to: string;
  readonly json?: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

/** Prints verdict and findings. @throws Failure with exit code 1 when it is blocked, after they were printed */
export async function check(
  home: string,
  environment: string,
  options: CheckOptions,
  rehearse: boolean,
): Promise<void> {
  const { to, timeout } = options;
  const made = await makeCheck(targetOf(home), environment, to, { rehearse, timeoutSeconds: timeout });
  print(made, options.json);
  refuseBlocked(environment, made);
}

/** Prints the newest one, of one version where that is named, whatever it says. */
export async function report(
  home: string,
  environment: string,
  { to, json }: { readonly to?: string; readonly json?: boolean },
): Promise<void> {
  const target = targetOf(home);
  const newest = (await listChecks(target, environment)).find(({ To }) => to === undefined || To === to);
  if (!newest)
    throw new Failure(`${environment} was not checked${to === undefined ? "" : ` against Airflow ${to}`} yet`, {
      fix: `npx hangar upgrade check ${environment} --to ${to ?? "<version>"}`,
      exitCode: exitCodes.notFound,
    });
  print(await getCheck(target, environment, newest.CheckId), json);
}

const print = (check: CheckWithReport, json: boolean | undefined): void =>
  result(json ? JSON.stringify(check, null, 2) : checkText(check));
