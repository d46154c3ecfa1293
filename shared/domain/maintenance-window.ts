// The weekly maintenance window: when it is open, and what may start in it. Instants in, decisions with their reasons out;
// who opens windows by a schedule looks as often as it likes, because a window is opened at most once.

/**
 * MWAA sets the start (API: WeeklyMaintenanceWindowStart) and publishes no length; ours is two hours, which is also the
 * longest a version change may make an environment unavailable (MWAA user guide, "Changing the Apache Airflow version").
 */
export const windowSeconds = 7_200;

/** One occurrence. Milliseconds since the epoch; it is open from `startsAt` until before `endsAt`. */
export interface MaintenanceWindow {
  /** The regular start as an ISO instant, also of a deferred one: a window is opened at most once by this name. */
  readonly id: string;
  readonly startsAt: number;
  readonly endsAt: number;
}

/** What the record keeps of its windows. */
export interface WindowState {
  /** The window opened last, as it was opened; null: none yet. */
  readonly opened: MaintenanceWindow | null;
  /** Id of a window that is to pass unused; null: none. */
  readonly skipped: string | null;
  /** One window that opens later than usual, once; null: none. */
  readonly deferred: { readonly id: string; readonly startsAt: number } | null;
}

/** A change that waits for a window. */
export interface PendingChange {
  readonly id: string;
  readonly requestedAt: number;
  /** How long it takes at the most, with its way back. */
  readonly expectedSeconds: number;
  /** It may start even where it could not finish by the window's end: somebody said so. */
  readonly mayOverrun: boolean;
}

export type WindowDecision =
  /** Nothing to do before this instant. */
  | { readonly kind: "wait"; readonly until: number; readonly reason: string }
  /** Look again soon: another operation has the environment, and the change would still fit. */
  | { readonly kind: "busy"; readonly reason: string }
  /** Write the window as opened and start this change, in one conditional write. */
  | { readonly kind: "open"; readonly window: MaintenanceWindow; readonly change: string; readonly reason: string };

const [minute, day] = [60_000, 86_400_000];
const week = 7 * day;
const days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
/** The epoch began on a Thursday; this Monday follows it. */
const firstMonday = 4 * day;

/**
 * What a look at the window leads to. First what is asked for by people, oldest first; the first that can finish starts.
 * @param start WeeklyMaintenanceWindowStart @param busy why the environment cannot be changed now; null: it can
 * @param now milliseconds since the epoch
 */
export function decideWindow(
  start: string,
  state: WindowState,
  pending: readonly PendingChange[],
  busy: string | null,
  now: number,
): WindowDecision {
  const window = windowAt(start, state, now);
  const wait = (until: number, reason: string): WindowDecision => ({ kind: "wait", until, reason });
  if (pending.length === 0) return wait(windowAfter(start, state, now).startsAt, "nothing waits for a window");
  if (now < window.startsAt) return wait(window.startsAt, `the next window opens at ${instant(window.startsAt)}`);
  const next = windowAfter(start, state, now).startsAt;
  const oldest = pending.toSorted((a, b) => a.requestedAt - b.requestedAt);
  const fit = oldest.find((change) => canStart(change, window, now).startable);
  if (!fit) return wait(next, `${canStart(oldest[0]!, window, now).reason} It waits for ${instant(next)}.`);
  if (busy !== null) return { kind: "busy", reason: `${busy}; the window is open until ${instant(window.endsAt)}` };
  return { kind: "open", window, change: fit.id, reason: canStart(fit, window, now).reason };
}

/** Whether a change may start now: nothing begins outside the window, or could not finish by its end, unless told. */
export function canStart(
  change: Pick<PendingChange, "expectedSeconds" | "mayOverrun">,
  window: MaintenanceWindow,
  now: number,
): { readonly startable: boolean; readonly reason: string } {
  if (now < window.startsAt || now >= window.endsAt)
    return { startable: false, reason: `The window from ${instant(window.startsAt)} is not open.` };
  const left = Math.floor((window.endsAt - now) / 1000);
  const fits = `It takes up to ${change.expectedSeconds} s, and ${left} s are left of the window.`;
  if (change.expectedSeconds <= left) return { startable: true, reason: fits };
  if (change.mayOverrun)
    return { startable: true, reason: `${fits} It may take longer than the window: so it was asked.` };
  return { startable: false, reason: fits };
}

/** The window that is open and can be used, or else the next one. */
export function windowAt(start: string, state: WindowState, now: number): MaintenanceWindow {
  return usable(start, state, now).find(({ endsAt }) => now < endsAt)!;
}

/** The first usable window that starts later than now. */
export function windowAfter(start: string, state: WindowState, now: number): MaintenanceWindow {
  return usable(start, state, now).find(({ startsAt }) => now < startsAt)!;
}

/** Lets the window that is open or comes next pass unused; asked for twice, it is the same one. What waits waits for the next. */
export function skipWindow(start: string, state: WindowState, now: number): WindowState {
  const { id } = windowAt(start, { ...state, skipped: null }, now);
  return { ...state, skipped: id, deferred: state.deferred?.id === id ? null : state.deferred };
}

/**
 * Moves the window that is open or comes next, once.
 * @returns the new state, or why it cannot be moved there, in a sentence for the caller
 */
export function deferWindow(
  start: string,
  state: WindowState,
  to: number,
  now: number,
): { readonly state: WindowState } | { readonly refused: string } {
  const window = windowAt(start, state, now);
  const regular = Date.parse(window.id);
  if (to % (30 * minute) !== 0) return { refused: "A window starts on the hour or at half past, UTC. Round the time." };
  if (to < now || to <= window.startsAt)
    return { refused: `The window starts at ${instant(window.startsAt)}: it can only be deferred to a later time.` };
  if (to + windowSeconds * 1000 > regular + week)
    return {
      refused: `The window after it starts at ${instant(regular + week)}: defer it to end before, or skip it.`,
    };
  return { state: { ...state, deferred: { id: window.id, startsAt: to } } };
}

/** Windows that passed while nobody looked, oldest first, of a year at most; the next one is used, these are not made up for. */
export function missedWindows(start: string, state: WindowState, since: number, now: number): readonly string[] {
  const from = Math.max(since, now - 52 * week);
  return usable(start, state, from, now)
    .filter(({ endsAt }) => endsAt > from && endsAt <= now)
    .map(({ id }) => id);
}

/** Windows nobody has opened or skipped, in order; some weeks more than asked for, as one may have been opened, one skipped. */
function usable(start: string, state: WindowState, from: number, until = from): readonly MaintenanceWindow[] {
  return range(start, from - week, until + 4 * week)
    .filter(({ id }) => id !== state.skipped)
    .map((window) => (window.id === state.deferred?.id ? occurrence(window.id, state.deferred.startsAt) : window))
    .filter((window) => !state.opened || (window.id !== state.opened.id && window.startsAt >= state.opened.endsAt))
    .toSorted((a, b) => a.startsAt - b.startsAt);
}

function range(start: string, from: number, until: number): readonly MaintenanceWindow[] {
  const offset = offsetOf(start);
  const first = Math.floor((from - firstMonday) / week) * week + firstMonday + offset;
  const count = Math.max(0, Math.ceil((until - first) / week) + 1);
  return Array.from({ length: count }, (_, at) => occurrence(instant(first + at * week), first + at * week));
}

const occurrence = (id: string, startsAt: number): MaintenanceWindow => ({
  id,
  startsAt,
  endsAt: startsAt + windowSeconds * 1000,
});

/** Milliseconds from the start of a week, Monday midnight UTC. @throws Error for what the API would not have accepted */
function offsetOf(start: string): number {
  const [, name, hours, minutes] = /^([A-Z]{3}):([01]\d|2[0-3]):(00|30)$/.exec(start) ?? [];
  const at = days.indexOf(name ?? "");
  if (at < 0)
    throw new Error(`${start} is no start of a maintenance window: DAY:HH:MM, UTC, on the hour or at half past.`);
  return at * day + (Number(hours) * 60 + Number(minutes)) * minute;
}

const instant = (at: number): string => new Date(at).toISOString();
