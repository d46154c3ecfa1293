// Maintenance of an environment as the API shows it: the window that is open or comes next, and what waits. Extension of the MWAA
// API; times are epoch seconds.
import type { EnvironmentItem } from "./items.ts";
import { canStart, type MaintenanceWindow, missedWindows, windowAfter, windowAt } from "./maintenance-window.ts";
import type { PendingUpdate } from "./pending-update.ts";
import { imageOf } from "./plan-update.ts";
import type { Pool } from "./pool.ts";
import { wantsPatch, windowsOf } from "./window-opening.ts";
import { withoutAbsent } from "./without-absent.ts";

/** @param now milliseconds since the epoch */
export function maintenanceView(
  environment: EnvironmentItem,
  pool: Pick<Pool, "images">,
  now: number,
): Record<string, unknown> {
  const { pending, settings } = environment;
  const start = settings.weeklyMaintenanceWindowStart;
  const state = windowsOf(environment);
  const window = windowAt(start, state, now);
  const regular = windowAt(start, { ...state, skipped: null }, now);
  return withoutAbsent({
    Start: start,
    Window: { ...windowView(window), IsOpen: now >= window.startsAt },
    Skipped: regular.id === state.skipped ? Date.parse(regular.id) / 1000 : undefined,
    Deferred: state.deferred?.id === window.id ? Date.parse(window.id) / 1000 : undefined,
    LastOpened: state.opened ? windowView(state.opened) : undefined,
    Pending: pending ? pendingView(pending, environment, now) : undefined,
    Missed: missed(environment, now).map((id) => Date.parse(id) / 1000),
    Patch: wantsPatch(environment, pool) ? { From: environment.image, To: imageOf(environment, pool) } : undefined,
  });
}

const windowView = ({ startsAt, endsAt }: MaintenanceWindow) => ({ StartsAt: startsAt / 1000, EndsAt: endsAt / 1000 });

function pendingView(pending: PendingUpdate, environment: EnvironmentItem, now: number): Record<string, unknown> {
  const { request, configuration, waitsFor } = pending;
  return withoutAbsent({
    RequestedAt: pending.requestedAt / 1000,
    RequestedBy: pending.caller,
    WaitsFor: waitsFor.toUpperCase(),
    StartsAt: waitsFor === "window" ? beginsAt(pending, environment, now) / 1000 : undefined,
    MayOverrun: pending.mayOverrun,
    ExpectedSeconds: pending.expectedSeconds,
    // options may be secret: only that there are some is said
    Members: [...Object.keys(request), ...(configuration === undefined ? [] : ["AirflowConfigurationOptions"])].sort(),
  });
}

/** When the change begins at the earliest: at once in a window that has enough left, else with the next. */
export function beginsAt(pending: PendingUpdate, environment: EnvironmentItem, now: number): number {
  const start = environment.settings.weeklyMaintenanceWindowStart;
  const state = windowsOf(environment);
  const window = windowAt(start, state, now);
  const earliest = Math.max(now, window.startsAt);
  return canStart(pending, window, earliest).startable ? earliest : windowAfter(start, state, now).startsAt;
}

/** Windows that passed while it waited: nobody looked, the environment was busy, or too little of them was left. */
function missed(environment: EnvironmentItem, now: number): readonly string[] {
  const { pending, settings } = environment;
  if (pending?.waitsFor !== "window") return [];
  return missedWindows(settings.weeklyMaintenanceWindowStart, windowsOf(environment), pending.requestedAt, now);
}
