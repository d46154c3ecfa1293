// What people do to one window: let it pass unused, or open it later. What waits then waits for the next, or until then.
import { HangarError } from "./errors.ts";
import type { EnvironmentItem } from "./items.ts";
import { deferWindow, skipWindow } from "./maintenance-window.ts";
import { windowsOf } from "./window-opening.ts";

/** What skipping writes; undefined when that window is skipped already. @param now milliseconds since the epoch */
export function skipped(environment: EnvironmentItem, now: number): Pick<EnvironmentItem, "windows"> | undefined {
  const before = windowsOf(environment);
  const windows = skipWindow(environment.settings.weeklyMaintenanceWindowStart, before, now);
  return windows.skipped === before.skipped && windows.deferred === before.deferred ? undefined : { windows };
}

/**
 * What deferring writes; undefined when it is deferred to that time already.
 * @param to when it is to open, and @param now, in milliseconds since the epoch
 * @throws WindowNotDeferrable
 */
export function deferred(
  environment: EnvironmentItem,
  to: number,
  now: number,
): Pick<EnvironmentItem, "windows"> | undefined {
  const before = windowsOf(environment);
  // asked for again: from where it opens now, it could only go later still
  if (before.deferred?.startsAt === to && to > now) return undefined;
  const answer = deferWindow(environment.settings.weeklyMaintenanceWindowStart, before, to, now);
  if ("refused" in answer) throw new HangarError("WindowNotDeferrable", answer.refused);
  return { windows: answer.state };
}
