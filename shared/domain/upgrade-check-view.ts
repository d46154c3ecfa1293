// An upgrade check as the API shows it, and its report. Extension of the MWAA API; times are epoch seconds.
import { checkStepOf } from "./upgrade-check.ts";
import type { UpgradeCheck } from "./upgrade-check-item.ts";
import type { UpgradeCheckResult } from "./upgrade-check-result.ts";
import type { Finding } from "./upgrade-verdict.ts";

/** More than anybody reads; the first are those that block. */
const mostFindings = 400;

/** @param current what it is about is unchanged today */
export const checkView = (check: UpgradeCheck, current: boolean): Record<string, unknown> => ({
  CheckId: check.id,
  From: check.from,
  To: check.to,
  Rehearse: check.rehearse,
  Status: check.end?.outcome ?? "RUNNING",
  Step: stepView(check),
  Verdict: check.end?.verdict ?? null,
  Reason: check.end?.reason ?? null,
  Blocking: check.end?.blocking ?? 0,
  Warnings: check.end?.warnings ?? 0,
  MigrationSeconds: check.end?.migrationSeconds ?? null,
  Release: check.release && { Number: check.release.number, Id: check.release.id },
  CreatedAt: check.createdAt / 1000,
  EndedAt: check.end ? check.end.at / 1000 : null,
  Current: current,
});

/** Of a dry run: the newest verdict against a version; undefined: there is none. @param current whether one still holds */
export function lastCheckView(
  checks: readonly UpgradeCheck[] | undefined,
  to: string,
  current: (check: UpgradeCheck) => boolean,
): Record<string, unknown> | undefined {
  const newest = checks?.find((check) => check.to === to && check.end?.outcome === "DONE");
  return (
    newest && {
      CheckId: newest.id,
      Verdict: newest.end!.verdict,
      EndedAt: newest.end!.at / 1000,
      Current: current(newest),
      MigrationSeconds: newest.end!.migrationSeconds,
    }
  );
}

const words = { copy: "COPY", migrate: "MIGRATE", try: "TRY" } as const;

function stepView(check: UpgradeCheck): string | null {
  const step = checkStepOf(check);
  return step === null || step === "clear" ? null : words[step];
}

/** What is kept beside the release: everything but what changes afterwards. */
export function reportOf(
  check: UpgradeCheck,
  result: UpgradeCheckResult,
  findings: readonly Finding[],
): Record<string, unknown> {
  const files = Object.entries(result.files ?? {});
  return {
    Findings: findings.slice(0, mostFindings).map(findingView),
    FindingsLeftOut: Math.max(0, findings.length - mostFindings),
    Packages: result.packages ?? [],
    Files: files.length,
    Dags: new Set(files.flatMap(([, file]) => file?.dagIds ?? [])).size,
    Seconds: result.seconds,
    Rehearsal: rehearsalView(check, result),
  };
}

const findingView = ({ severity, code, where, what, todo }: Finding) => ({
  ...{ Severity: severity, Code: code, Where: where, What: what, WhatToDo: todo },
});

/** Sizes, times and counts of a rehearsal that came to its end; null of any other. */
function rehearsalView({ begun, copied, migrated }: UpgradeCheck, { migration, activeDags }: UpgradeCheckResult) {
  if (!copied || !migrated) return null;
  return {
    DatabaseBytes: copied.bytes,
    CopySeconds: Math.round((copied.at - (begun.copy ?? copied.at)) / 1000),
    MigrationSeconds: migration?.seconds ?? migrated.seconds,
    SchemaBefore: migration?.head[0] ?? null,
    SchemaAfter: migration?.head[1] ?? null,
    Rows: migration?.rows ?? {},
    SecretsTried: migration?.secrets ?? 0,
    CallbacksLost: migration?.lost_callbacks ?? 0,
    ActiveDags: Object.keys(activeDags ?? {}).length,
  };
}
