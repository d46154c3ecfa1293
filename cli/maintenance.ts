// Maintenance of an environment as the API shows it, and in words.
import { timeText } from "./sync-text.ts";

/** Times are epoch seconds. */
export interface Maintenance {
  readonly Start: string;
  /** The one that is open or comes next. */
  readonly Window: { readonly StartsAt: number; readonly EndsAt: number; readonly IsOpen: boolean };
  readonly Skipped?: number;
  /** When the window that was deferred would have begun. */
  readonly Deferred?: number;
  readonly Missed: readonly number[];
  readonly Patch?: { readonly From: string; readonly To: string };
  readonly Pending?: Pending;
}

export interface Pending {
  readonly RequestedAt: number;
  readonly RequestedBy: string;
  readonly WaitsFor: "WINDOW" | "MAINTENANCE";
  readonly StartsAt?: number;
  readonly MayOverrun: boolean;
  readonly ExpectedSeconds: number;
  readonly Members: readonly string[];
}

/** One line each for the window, what waits for it, and what is to be said of either. */
export function maintenanceLines(maintenance: Maintenance): readonly string[] {
  const { Start, Window, Skipped, Deferred, Missed, Patch, Pending: pending } = maintenance;
  const notes = [
    ...(Deferred === undefined ? [] : [`deferred from ${timeText(Deferred)}`]),
    ...(Skipped === undefined ? [] : [`that of ${timeText(Skipped)} is skipped`]),
  ];
  const when = `${Window.IsOpen ? "open since" : "opens"} ${timeText(Window.StartsAt)}, until ${timeText(Window.EndsAt)} UTC`;
  return [
    `window       ${Start}: ${when}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`,
    ...(pending ? [`pending      ${pendingText(pending)}`] : []),
    ...(Missed.length > 0 ? [`missed       ${Missed.map(timeText).join(", ")}: it could not begin in these`] : []),
    ...(Patch ? [`patch        ${Patch.To} takes the place of ${Patch.From} in the window`] : []),
  ];
}

/** What waits, and when it begins. */
export function pendingText({
  Members,
  WaitsFor,
  StartsAt,
  MayOverrun,
  ExpectedSeconds,
  RequestedBy,
}: Pending): string {
  const what = Members.length > 0 ? Members.join(", ") : "patches";
  const begins =
    WaitsFor === "MAINTENANCE"
      ? "begins when maintenance has ended"
      : `begins ${StartsAt === undefined ? "in a window" : `${timeText(StartsAt)} UTC`}`;
  const long = `reckoned with ${ExpectedSeconds} s${MayOverrun ? ", may overrun" : ""}`;
  return `${what}: ${begins} (${long}; asked for by ${RequestedBy.split(":").at(-1)})`;
}
