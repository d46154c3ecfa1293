// Checks of upgrades through the API: asked for, waited for, and as text.
import { type ApiTarget, callApi } from "./api-client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { duration, note, startStep } from "./print.ts";

/** As the API shows it. */
export interface UpgradeCheck {
  readonly CheckId: string;
  readonly From: string;
  readonly To: string;
  readonly Rehearse: boolean;
  readonly Status: "RUNNING" | "DONE" | "FAILED" | "CANCELLED";
  readonly Step: "COPY" | "MIGRATE" | "TRY" | null;
  readonly Verdict: "READY" | "READY_WITH_WARNINGS" | "BLOCKED" | null;
  readonly Reason: string | null;
  readonly Blocking: number;
  readonly Warnings: number;
  readonly Release: { readonly Number: number; readonly Id: string } | null;
  readonly EndedAt: number | null;
  readonly Current: boolean;
}

export interface CheckWithReport extends UpgradeCheck {
  readonly Report: {
    readonly Findings: readonly {
      readonly Severity: "BLOCKED" | "WARNING";
      readonly Code: string;
      readonly Where: string;
      readonly What: string;
      readonly WhatToDo: string;
    }[];
    readonly FindingsLeftOut: number;
    readonly Files: number;
    readonly Dags: number;
    readonly Rehearsal: {
      readonly DatabaseBytes: number;
      readonly CopySeconds: number;
      readonly MigrationSeconds: number;
      readonly Rows: Readonly<Record<string, number>>;
      readonly ActiveDags: number;
    } | null;
  } | null;
}

const pathOf = (environment: string, ...rest: readonly string[]) =>
  `/environments/${[environment, "upgrade-checks", ...rest].map(encodeURIComponent).join("/")}`;

/** The newest first, without reports. */
export const listChecks = async (target: ApiTarget, environment: string): Promise<readonly UpgradeCheck[]> =>
  (await callApi<{ Checks: UpgradeCheck[] }>(target, "GET", pathOf(environment))).Checks;

export const getCheck = async (target: ApiTarget, environment: string, id: string): Promise<CheckWithReport> =>
  (await callApi<{ Check: CheckWithReport }>(target, "GET", pathOf(environment, id))).Check;

const pollMilliseconds = 500;
const stepWords = { COPY: "copying the database", MIGRATE: "migrating the copy", TRY: "trying DAGs and packages" };

/**
 * Begins one and waits for its end, telling of each step.
 * @param options.timeoutSeconds waits for ever when absent
 * @throws Failure where it came to no verdict, with its reason; with exit code 7 when the time is over: it goes on
 */
export async function makeCheck(
  target: ApiTarget,
  environment: string,
  to: string,
  options: { readonly rehearse: boolean; readonly timeoutSeconds?: number | undefined },
): Promise<CheckWithReport> {
  const { rehearse, timeoutSeconds } = options;
  const body = { AirflowVersion: to, Rehearse: rehearse };
  const { Check } = await callApi<{ Check: UpgradeCheck }>(target, "POST", pathOf(environment), body);
  const deadline = timeoutSeconds === undefined ? Infinity : performance.now() + timeoutSeconds * 1000;
  const shown = startStep(`${rehearse ? "rehearsal" : "check"} ${Check.From} > ${to}`);
  let told: string | null = null;
  try {
    for (;;) {
      const check = await getCheck(target, environment, Check.CheckId);
      if (check.Step && check.Step !== told) {
        told = check.Step;
        shown.line(`  --    ${stepWords[check.Step]}`);
        shown.detail(stepWords[check.Step]);
      }
      if (check.Status === "DONE") {
        shown.done(check.Verdict ?? "");
        return check;
      }
      if (check.Status !== "RUNNING") throw noVerdict(environment, check);
      if (performance.now() >= deadline)
        throw new Failure("the time to wait is over; the check goes on", {
          fix: `npx hangar upgrade report ${environment} --to ${to}`,
          exitCode: exitCodes.timedOut,
        });
      await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
    }
  } catch (error) {
    shown.failed();
    throw error;
  }
}

const noVerdict = (environment: string, { To, Status, Reason, Rehearse }: UpgradeCheck): Failure =>
  new Failure(`the check of ${environment} against Airflow ${To} came to no verdict (${Status})`, {
    ...(Reason ? { why: Reason } : {}),
    fix: `npx hangar upgrade ${Rehearse ? "rehearse" : "check"} ${environment} --to ${To}`,
  });

const verdictWords = {
  READY: "Ready",
  READY_WITH_WARNINGS: "Ready with warnings",
  BLOCKED: "Blocked",
};

/** The verdict, what it is about, and every finding. */
export function checkText(check: CheckWithReport): string {
  const { From, To, Verdict, Status, Reason, Release, Report, Current } = check;
  return [
    `upgrade     ${From} -> ${To}`,
    `verdict     ${Verdict ? verdictWords[Verdict] : Status.toLowerCase()}. ${Reason ?? ""}`.trimEnd(),
    `release     ${Release ? Release.Number : "none"}${Current ? "" : ", and something of what was checked is another today"}`,
    ...(Report ? [`dags        ${Report.Dags} in ${Report.Files} files`] : []),
    ...(Report?.Rehearsal ? [rehearsalLine(Report.Rehearsal)] : []),
    ...(Report?.Findings ?? []).flatMap(({ Severity, Code, Where, What, WhatToDo }) => [
      "",
      `${Severity === "BLOCKED" ? "blocked" : "warning"}     ${Where}  (${Code})`,
      `            ${What}`,
      `            -> ${WhatToDo}`,
    ]),
    ...(Report && Report.FindingsLeftOut > 0 ? ["", `            and ${Report.FindingsLeftOut} more`] : []),
  ].join("\n");
}

function rehearsalLine(rehearsal: NonNullable<NonNullable<CheckWithReport["Report"]>["Rehearsal"]>): string {
  const { DatabaseBytes, CopySeconds, MigrationSeconds, Rows, ActiveDags } = rehearsal;
  const rows = Object.values(Rows).reduce((sum, count) => sum + count, 0);
  const size = `${(DatabaseBytes / 1_000_000).toFixed(0)} MB`;
  return `rehearsal   ${size} copied in ${duration(CopySeconds * 1000)}, migrated in ${duration(MigrationSeconds * 1000)}; ${rows} rows as before, ${ActiveDags} DAGs in use`;
}

/** @throws Failure with exit code 1 where something blocks */
export function refuseBlocked(environment: string, check: UpgradeCheck): void {
  if (check.Verdict !== "BLOCKED") return;
  throw new Failure(`Airflow ${check.To} is blocked for ${environment}`, {
    why: check.Reason ?? "the report says why",
    fix: `cure what it names, then: npx hangar upgrade check ${environment} --to ${check.To}`,
  });
}

/** The newest verdict that still holds for this step. */
export const currentCheck = (checks: readonly UpgradeCheck[], from: string, to: string): UpgradeCheck | undefined =>
  checks.find(({ From, To, Status, Current }) => From === from && To === to && Status === "DONE" && Current);

/** Tells that a verdict of before is taken. */
export const noteTaken = ({ To, Verdict, EndedAt }: UpgradeCheck): void =>
  note(
    `  --    ${To}: ${Verdict ? verdictWords[Verdict] : ""} (checked ${minuteOf(EndedAt ?? 0)}, nothing has changed since)`,
  );

/** What a dry run has of it. */
export interface LastCheck {
  readonly Verdict: keyof typeof verdictWords;
  readonly EndedAt: number;
  readonly Current: boolean;
  readonly MigrationSeconds: number | null;
}

/** A line of the dry run. */
export function lastCheckLine(check: LastCheck | undefined): string {
  if (!check) return "checked     not yet";
  const { Verdict, EndedAt, Current, MigrationSeconds } = check;
  const took = MigrationSeconds === null ? "" : `; its migration took ${duration(MigrationSeconds * 1000)}`;
  return `checked     ${verdictWords[Verdict]}, ${minuteOf(EndedAt)}${took}${Current ? "" : "; something has changed since"}`;
}

const minuteOf = (epochSeconds: number): string =>
  new Date(epochSeconds * 1000).toISOString().slice(0, 16).replace("T", " ");
