// The verdict of an upgrade check: what was found, as findings that say where, what and what to do. Pure.
import type { OptionWarning } from "./configuration-options.ts";
import type { DagStatus } from "./dag-status.ts";
import type { UpgradeCheckResult } from "./upgrade-check-result.ts";

export const verdicts = ["READY", "READY_WITH_WARNINGS", "BLOCKED"] as const;
export type Verdict = (typeof verdicts)[number];

export const findingCodes = [
  ...["REHEARSAL_FAILED", "PACKAGES", "DAGS_NOT_TRIED", "IMPORT_ERROR", "DAG_MISSING", "REMOVED"],
  ...["DEPRECATED", "ASKS_DATABASE", "NOT_TRIED", "OPTION", "RULES_NOT_TRIED", "INCOMPLETE"],
] as const;

export interface Finding {
  readonly severity: "BLOCKED" | "WARNING";
  readonly code: string;
  /** A file and line of the DAG folder, a DAG, an option, an uploaded file, or what part of the check. */
  readonly where: string;
  readonly what: string;
  readonly todo: string;
}

export interface CheckedUpgrade {
  readonly from: string;
  readonly to: string;
  readonly rehearse: boolean;
  /** Why the rehearsal failed; undefined: it did not, or none was asked for. */
  readonly rehearsalFailure: string | undefined;
  readonly result: UpgradeCheckResult;
  /** What Airflow has made of the same files today, as far as that is known. */
  readonly today: DagStatus | undefined;
  /** About options that are another thing on the target than today. */
  readonly options: readonly OptionWarning[];
}

/** All findings, those that block first; within, in the order of what is to be cured first. */
export function upgradeVerdict(checked: CheckedUpgrade): {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
} {
  const all = [
    ...ofRehearsal(checked),
    ...ofPackages(checked),
    ...ofImports(checked),
    ...ofMissingDags(checked),
    ...ofRules(checked),
    ...ofOptions(checked),
    ...ofTheCheckItself(checked),
  ];
  const blocking = all.filter(({ severity }) => severity === "BLOCKED");
  const warnings = all.filter(({ severity }) => severity === "WARNING");
  const verdict = blocking.length > 0 ? "BLOCKED" : warnings.length > 0 ? "READY_WITH_WARNINGS" : "READY";
  return { verdict, findings: [...blocking, ...warnings] };
}

const block = (code: string, where: string, what: string, todo: string): Finding => ({
  ...{ severity: "BLOCKED", code, where, what, todo },
});
const warn = (code: string, where: string, what: string, todo: string): Finding => ({
  ...{ severity: "WARNING", code, where, what, todo },
});

const ofRehearsal = ({ rehearsalFailure }: CheckedUpgrade): readonly Finding[] =>
  rehearsalFailure === undefined
    ? []
    : [
        block(
          "REHEARSAL_FAILED",
          "database",
          rehearsalFailure,
          "Cure what it says and rehearse again: the upgrade itself would fail and go back in the same way.",
        ),
      ];

function ofPackages({ result: { failed }, to }: CheckedUpgrade): readonly Finding[] {
  if (!failed) return [];
  const file = { requirements: "requirements.txt", plugins: "plugins.zip", startup: "startup.sh" }[failed.part];
  const todo = failed.transient
    ? "The fault may lie in the network or the disk: check again."
    : `Upload a file that fits Airflow ${to}, and name it with the upgrade; or one that fits both versions, and check again.`;
  return [block("PACKAGES", file ?? failed.part, failed.message, todo)];
}

function ofImports({ result, today, to, rehearse }: CheckedUpgrade): readonly Finding[] {
  return Object.entries(result.files ?? {}).flatMap(([path, file]): Finding[] => {
    if (file === null)
      return [
        warn("NOT_TRIED", path, "There was no time to import it.", "Look at what its import does, and check again."),
      ];
    const { error } = file;
    if (!error) return [];
    const where = placeOf(path, error);
    if (error.missing !== null || error.unanswered) return [asksDatabase(where, error.missing, rehearse)];
    if (today?.files[path]?.error)
      return [
        warn(
          "IMPORT_ERROR",
          where,
          error.message,
          "It does not import today either. Correct or remove it when you can.",
        ),
      ];
    return [
      block(
        "IMPORT_ERROR",
        where,
        error.message,
        `Change it so that it imports under Airflow ${to}, and under what runs until then.`,
      ),
    ];
  });
}

const placeOf = (path: string, error: { readonly line: number | null; readonly in: string | null }): string =>
  error.line !== null
    ? `${path}:${error.line}`
    : error.in !== null && error.in !== path
      ? `${path} (in ${error.in})`
      : path;

function asksDatabase(where: string, missing: string | null, rehearse: boolean): Finding {
  const asked = missing ?? "something of Airflow that a check does not answer";
  return warn(
    "ASKS_DATABASE",
    where,
    `It asks for ${asked} when it is imported, so what DAGs it makes is not known.`,
    rehearse
      ? "Look whether that is there at all."
      : "Rehearse: then its DAGs are read with a copy of the database at hand.",
  );
}

/** A DAG in use that nobody makes under the target. Where its file could not be judged, neither can it be. */
function ofMissingDags({ result, today, to }: CheckedUpgrade): readonly Finding[] {
  if (!result.files) return [];
  const made = new Set(Object.values(result.files).flatMap((file) => file?.dagIds ?? []));
  return [...dagsInUse(result, today)].flatMap(([dagId, path]): Finding[] => {
    if (made.has(dagId)) return [];
    const file = path === null ? undefined : result.files![path];
    if (path !== null && file !== undefined && (file === null || file.error !== null)) {
      // said of its file already; what the file's own fault blocks is not said twice
      return [];
    }
    return [
      block(
        "DAG_MISSING",
        dagId,
        `Under Airflow ${to} no file makes the DAG ${dagId}${path === null ? "" : `, which ${path} makes today`}.`,
        "See what in its file differs between the versions; if it is to go, delete it first.",
      ),
    ];
  });
}

/** Ids of DAGs in use and the file of each below the DAG folder: of the copy where there is one, else as Airflow last said. */
function dagsInUse(result: UpgradeCheckResult, today: DagStatus | undefined): ReadonlyMap<string, string | null> {
  const paths = Object.keys(result.files ?? {});
  const known = new Map(
    Object.entries(today?.files ?? {}).flatMap(([path, { dagIds }]) => dagIds.map((dagId) => [dagId, path] as const)),
  );
  if (!result.activeDags) return known;
  return new Map(
    Object.entries(result.activeDags).map(([dagId, file]) => {
      const found = paths.find((path) => file === path || file?.endsWith(`/${path}`));
      return [dagId, found ?? known.get(dagId) ?? null];
    }),
  );
}

/** AIR301 and AIR302: 3 has removed it, or moved it to where no way leads from the old name. AIR311, AIR312: the old name still works. */
const removing = new Set(["AIR301", "AIR302"]);

const ofRules = ({ result, to }: CheckedUpgrade): readonly Finding[] =>
  (result.rules ?? []).map(({ file, line, rule, message, fix }) => {
    const todo = `${(fix ?? "See Airflow's page on upgrading to 3 for what takes its place").replace(/\.$/, "")}.`;
    return removing.has(rule)
      ? block(
          "REMOVED",
          `${file}:${line}`,
          `${rule}: ${message}`,
          `${todo} If it is never reached under ${to}: # noqa: ${rule}`,
        )
      : warn("DEPRECATED", `${file}:${line}`, `${rule}: ${message}`, todo);
  });

const ofOptions = ({ options, to }: CheckedUpgrade): readonly Finding[] =>
  options.map(({ option, message }) =>
    warn(
      "OPTION",
      option,
      message,
      `Name the options as ${to} has them with the upgrade (AirflowConfigurationOptions).`,
    ),
  );

function ofTheCheckItself({ result }: CheckedUpgrade): readonly Finding[] {
  const { importsProblem, rulesProblem, complete } = result;
  return [
    ...(importsProblem === null
      ? []
      : [block("DAGS_NOT_TRIED", "DAG files", `They could not be imported: ${importsProblem}.`, "Check again.")]),
    ...(rulesProblem === null ? [] : [warn("RULES_NOT_TRIED", "rules for Airflow 3", rulesProblem, "Check again.")]),
    ...(complete
      ? []
      : [warn("INCOMPLETE", "report", "There is more than a report holds.", "Cure these, and check again.")]),
  ];
}
