// Carries upgrade checks on, move by move. The API call that asks for one and the schedule both do it, perhaps at once: what a move
// writes is conditional on the check being as far as it was, and what it starts is started once.
import type { EnvironmentItem } from "../domain/items.ts";
import { type CheckMove, checkStepOf, nextCheckMove, standsAt, supersededBy } from "../domain/upgrade-check.ts";
import {
  type CheckEnd,
  checkReportKey,
  openChecks,
  type UpgradeCheck,
  withCheck,
} from "../domain/upgrade-check-item.ts";
import { reportOf } from "../domain/upgrade-check-view.ts";
import { upgradeVerdict } from "../domain/upgrade-verdict.ts";
import { changedWarnings } from "../domain/upgrades-view.ts";
import type { Clock } from "../ports/clock.ts";
import type { Environments } from "../ports/environments.ts";
import { changeEnvironment } from "./change-environment.ts";
import { errorFields, logger } from "./logger.ts";
import { type CheckActPorts, clearCheck, startCheckStep } from "./upgrade-check-acts.ts";
import { lookAtCheck, readCheckResult } from "./upgrade-check-look.ts";

export interface CheckPorts extends CheckActPorts {
  readonly environments: Environments;
  readonly clock: Clock;
}

/** More than a check has moves; what is left then is done the next time. */
const mostMoves = 12;

/** Every check of an environment that is not over and cleared away. @throws Error the first one, once each was tried */
export async function advanceChecks(environment: EnvironmentItem, ports: CheckPorts): Promise<void> {
  const errors: unknown[] = [];
  for (const { id } of openChecks(environment.upgradeChecks)) {
    try {
      await advanceCheck(environment, id, ports);
    } catch (error) {
      logger.error("upgrade check not advanced", { environment: environment.name, check: id, ...errorFields(error) });
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

async function advanceCheck(subject: EnvironmentItem, id: string, ports: CheckPorts): Promise<void> {
  for (let moves = 0; moves < mostMoves; moves++) {
    const environment = await ports.environments.get(subject.name);
    if (environment?.environmentId !== subject.environmentId) return;
    const check = environment.upgradeChecks?.find((one) => one.id === id);
    if (!check) return;
    const move = await nextMove(environment, check, ports);
    if (move.act === "wait" || move.act === "none") return;
    await carryOut(environment, check, move, ports);
  }
}

async function nextMove(environment: EnvironmentItem, check: UpgradeCheck, ports: CheckPorts): Promise<CheckMove> {
  const step = checkStepOf(check);
  const superseded = supersededBy(environment, check);
  const begun = step !== null && step !== "clear" && check.begun[step] !== undefined;
  const seen = begun && superseded === undefined ? await lookAtCheck(environment, check, step, ports) : null;
  return nextCheckMove(check, seen, superseded, ports.clock.now());
}

async function carryOut(
  environment: EnvironmentItem,
  check: UpgradeCheck,
  move: CheckMove,
  ports: CheckPorts,
): Promise<void> {
  const now = ports.clock.now();
  const note = (changes: Partial<UpgradeCheck>) => writeCheck(environment, check, changes, ports);
  switch (move.act) {
    case "begin": {
      const begun = await note({ begun: { ...check.begun, [move.step]: now } });
      if (begun) await startCheckStep(environment, begun, move.step, ports);
      return;
    }
    case "start":
      return startCheckStep(environment, check, move.step, ports);
    case "note":
      return void (await note(move.changes));
    case "end":
      return void (await note({ end: endOf(now, move.outcome, move.reason) }));
    case "conclude":
      return void (await note({ end: await conclude(environment, check, ports, now) }));
    case "clear":
      await clearCheck(environment, check, ports);
      return void (await note({ cleared: { at: now, forGood: check.cleared !== undefined } }));
    default:
      return;
  }
}

/**
 * Writes members of a check if it is still where it was when the move was decided.
 * @returns the check afterwards; undefined where another hand has carried it on
 */
async function writeCheck(
  { name, environmentId }: EnvironmentItem,
  before: UpgradeCheck,
  changes: Partial<UpgradeCheck>,
  ports: CheckPorts,
): Promise<UpgradeCheck | undefined> {
  let written = false;
  const after = await changeEnvironment(
    { name, environmentId },
    ({ upgradeChecks }) => {
      const found = upgradeChecks?.find(({ id }) => id === before.id);
      written = found !== undefined && standsAt(found, before);
      return written ? { upgradeChecks: withCheck(upgradeChecks, before.id, changes) } : undefined;
    },
    ports,
  );
  return written ? after?.upgradeChecks?.find(({ id }) => id === before.id) : undefined;
}

const endOf = (at: number, outcome: CheckEnd["outcome"], reason: string): CheckEnd => ({
  ...{ at, outcome, reason },
  ...{ verdict: null, blocking: 0, warnings: 0, migrationSeconds: null },
});

/** The report is there before the record says that the check is over. */
async function conclude(
  environment: EnvironmentItem,
  check: UpgradeCheck,
  ports: CheckPorts,
  now: number,
): Promise<CheckEnd> {
  const { controlBucket } = ports;
  const { names, settings } = environment;
  const result = await readCheckResult(environment, check, ports);
  if (!result) return endOf(now, "FAILED", "The check itself failed: what its task found is gone.");
  const { configuration } = settings;
  const options = configuration && (await controlBucket.getConfiguration(names.prefix, configuration.key));
  const { verdict, findings } = upgradeVerdict({
    ...{ from: check.from, to: check.to, rehearse: check.rehearse, rehearsalFailure: check.rehearsalFailure, result },
    today: await controlBucket.getDagStatus(names.prefix),
    options: changedWarnings(check.from, check.to, options ?? {}),
  });
  const report = JSON.stringify(reportOf(check, result, findings));
  await controlBucket.putLayerText(names.prefix, checkReportKey(check), report);
  const blocking = findings.filter(({ severity }) => severity === "BLOCKED").length;
  const warnings = findings.length - blocking;
  const reason =
    verdict === "READY"
      ? `Nothing stands in the way of Airflow ${check.to}.`
      : `Findings on the way to Airflow ${check.to}: ${blocking} that block, ${warnings} warnings.`;
  const migrationSeconds = result.migration?.seconds ?? check.migrated?.seconds ?? null;
  return { at: now, outcome: "DONE", reason, verdict, blocking, warnings, migrationSeconds };
}
