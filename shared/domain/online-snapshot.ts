// A snapshot somebody asks for, taken while the environment goes on: noted on the record first, copied by a one-off task, then
// sealed. What is done next is decided here from what is seen, so that any hand may go on where another was cut off.
import { HangarError } from "./errors.ts";
import { canTakeSnapshot } from "./gates.ts";
import type { EnvironmentItem } from "./items.ts";
import type { Snapshot } from "./snapshot-item.ts";

/** At work at a time in one environment: each reads the whole database. */
export const mostAtOnce = 2;
/** Of those that were asked for and are kept: each takes as much room as the database. */
export const mostKept = 10;
const usualRetentionSeconds = 7 * 86_400;
/** How long one that failed says why. */
const failedRetentionSeconds = 86_400;
/** A copy that is not there by then is given up: its reading keeps the server from cleaning up behind itself. */
const deadlineSeconds = 6 * 3600;

/** Names of what a copy is made with, all after its database's. */
export function onlineNames(environmentId: string, database: string) {
  const id = /_(s\d+)$/.exec(database)?.[1];
  if (id === undefined) throw new Error(`${database} is no name of a snapshot that somebody asked for.`);
  return { id, reader: `${database}_reader`, secretName: `hangar/copies/${environmentId}-${id}` };
}

/**
 * The record with one more snapshot, in state CREATING. Its name carries the record's own counter: of two that come together one
 * is written, and none is called like another that was.
 * @throws EnvironmentBusy, EnvironmentUnusable, QuotaExceeded
 */
export function planOnlineSnapshot(
  environment: EnvironmentItem,
  given: { readonly description?: string | undefined; readonly now: number },
): Snapshot {
  canTakeSnapshot(environment);
  const asked = (environment.snapshots ?? []).filter(({ copying, state }) => copying && state !== "FAILED");
  const { name } = environment;
  const refuse = (why: string) => new HangarError("QuotaExceeded", `Environment ${name} ${why}`);
  if (asked.filter(({ state }) => state === "CREATING").length >= mostAtOnce)
    throw refuse(`has ${mostAtOnce} snapshots under way, and each reads the whole database. Wait for one of them.`);
  if (asked.length >= mostKept)
    throw refuse(`keeps ${asked.length} snapshots that were asked for. Drop one: npx hangar snapshot list ${name}`);
  const database = `hangar_${environment.environmentId}_s${environment.generation + 1}`;
  return {
    ...{ name: database, role: database, queue: environment.names.queue, state: "CREATING" },
    airflowVersion: environment.settings.airflowVersion,
    createdAt: given.now,
    expiresAt: given.now + usualRetentionSeconds * 1000,
    ...(given.description === undefined ? {} : { description: given.description }),
    copying: { source: environment.names.metadataDatabase, image: environment.image },
  };
}

/** How long after it was given up its entry stays: until then a hand that came late may still make something of it. */
const givenUpSeconds = 300;

/** The entry of one that is not wanted any more. @param now milliseconds since the epoch */
export const givenUp = (snapshot: Snapshot, now: number): Snapshot =>
  snapshot.state === undefined
    ? { ...snapshot, expiresAt: now }
    : { ...snapshot, state: "FAILED", reason: "It was given up.", expiresAt: now + givenUpSeconds * 1000 };

/** Whether there is anything to look for. @param now milliseconds since the epoch */
export const isUnfinished = ({ state, copying, expiresAt }: Snapshot, now: number): boolean =>
  copying !== undefined && (expiresAt <= now || state === "CREATING" || (state === "FAILED" && !copying.over));

/** What is seen of one. */
export interface OnlineSight {
  /** No operation has the environment's databases to itself. */
  readonly atRest: boolean;
  readonly task: { readonly state: "missing" | "running" | "stopped"; readonly exitCode?: number | null };
  readonly source: { readonly sealed: boolean } | null;
  readonly target: { readonly whole: boolean; readonly sealed: boolean } | null;
}

/**
 * `start`: the copying. `seal`: the copy is whole, and nobody is to change it any more. `finish`: it is sealed, what copied it
 * goes, the record says that it is there. `fail`: the record says why it never will be. `clean`: what a failed one left goes.
 * `forget`: all of it goes, what a late hand may have left too, and then its entry.
 */
export type OnlineAct = "start" | "wait" | "seal" | "finish" | "fail" | "clean" | "forget" | "none";

export interface OnlineDecision {
  readonly act: OnlineAct;
  /** Of `fail` it is shown to whoever asked. */
  readonly reason: string;
}

/** The next act. @param now milliseconds since the epoch */
export function decideOnlineSnapshot(snapshot: Snapshot, seen: OnlineSight, now: number): OnlineDecision {
  const over = snapshot.expiresAt <= now;
  if (snapshot.state === undefined) {
    // none is ever planned on a snapshot whose time is over
    if (over && seen.atRest) return { act: "forget", reason: "its time is over" };
    return { act: "none", reason: "it is there" };
  }
  if (snapshot.state === "FAILED") {
    if (over) return { act: "forget", reason: "it failed, and has said why for long enough" };
    if (!snapshot.copying?.over) return { act: "clean", reason: "it failed, and something of it may be left" };
    return { act: "none", reason: "it failed" };
  }
  const late = now >= snapshot.createdAt + deadlineSeconds * 1000;
  if (seen.target?.sealed) return { act: "finish", reason: "it is whole and sealed" };
  if (seen.task.state === "running" && !late) return { act: "wait", reason: "it is being copied" };
  // a copy comes whole or not at all
  if (seen.target?.whole) return { act: "seal", reason: "it is whole" };
  if (over || late) return { act: "fail", reason: `It was not copied within ${deadlineSeconds / 3600} hours.` };
  if (!seen.source || seen.source.sealed) return { act: "fail", reason: interrupted };
  if (seen.task.state === "stopped")
    return {
      act: "fail",
      reason: `Its copying ended with exit code ${seen.task.exitCode ?? "unknown"}; the task's log says why. Take another.`,
    };
  return { act: "start", reason: "nobody copies it yet" };
}

const interrupted =
  "A change of the Airflow version closed the database while it was copied; what it leaves is a snapshot too. Take another.";

/** The entry after an act; undefined: there is none any more. @param now milliseconds since the epoch */
export function afterAct(
  snapshot: Snapshot,
  { act, reason }: OnlineDecision,
  seen: { readonly size?: number | undefined },
  now: number,
): Snapshot | undefined {
  const { state, copying, ...rest } = snapshot;
  const size = seen.size === undefined ? {} : { size: seen.size };
  switch (act) {
    case "finish":
      return state === "CREATING"
        ? { ...rest, ...size, expiresAt: now + usualRetentionSeconds * 1000, copying: { ...copying!, over: true } }
        : snapshot;
    case "fail":
      return state === "CREATING"
        ? { ...snapshot, state: "FAILED", reason, expiresAt: now + failedRetentionSeconds * 1000 }
        : snapshot;
    case "clean":
      return { ...snapshot, copying: { ...copying!, over: true } };
    case "forget":
      return undefined;
    default:
      return snapshot;
  }
}
