// What maintenance does next with one environment: a queued update first, then, in an open window, the change asked for or a
// newer image of its version. And what beginning it writes, in the one write that accepts it.
import { HangarError } from "./errors.ts";
import type { EnvironmentItem, OperationItem } from "./items.ts";
import {
  decideWindow,
  type MaintenanceWindow,
  type PendingChange,
  type WindowDecision,
  type WindowState,
  windowSeconds,
} from "./maintenance-window.ts";
import { maintenanceCaller, type PendingUpdate } from "./pending-update.ts";
import { imageOf } from "./plan-update.ts";
import type { Pool } from "./pool.ts";
import { transition, transitions } from "./status.ts";

/** Of an environment no window was ever opened, skipped or deferred for. */
export const untouchedWindows: WindowState = { opened: null, skipped: null, deferred: null };

export const windowsOf = ({ windows }: Pick<EnvironmentItem, "windows">): WindowState => windows ?? untouchedWindows;

/** The change that brings a newer image of the version that runs: nobody asked for it. */
const imagePatch = "image-patch";

/** Whether the pool has another image of the version that runs: a new build of the data plane. */
export const wantsPatch = (environment: EnvironmentItem, pool: Pick<Pool, "images">): boolean =>
  imageOf(environment, pool) !== environment.image;

/** How long the changes that wait are reckoned to take, with the way back. */
export interface ExpectedSeconds {
  /** Of the change asked for; absent: as when it was asked for. */
  readonly pending?: number;
  /** Null: there is no newer image. */
  readonly patch: number | null;
}

export type Opening =
  | { readonly act: "nothing"; readonly reason: string }
  /** Start what was queued during maintenance that has ended; no window is needed. */
  | { readonly act: "startQueued"; readonly pending: PendingUpdate; readonly reason: string }
  /** Start this in the window; `pending` null: the image patch. */
  | {
      readonly act: "open";
      readonly window: MaintenanceWindow;
      readonly pending: PendingUpdate | null;
      readonly reason: string;
    };

/**
 * Called again and again, by several at once, in any order with requests and kills: what it leads to is one conditional write.
 * @param now milliseconds since the epoch
 */
export function decideOpening(environment: EnvironmentItem, expected: ExpectedSeconds, now: number): Opening {
  const { pending, settings } = environment;
  const busy = whyBusy(environment);
  if (pending?.waitsFor === "maintenance")
    return busy === null
      ? { act: "startQueued", pending, reason: "the maintenance it was queued in has ended" }
      : { act: "nothing", reason: busy };
  const decision = decideWindow(
    settings.weeklyMaintenanceWindowStart,
    windowsOf(environment),
    waiting(environment, expected),
    busy,
    now,
  );
  return openingOf(decision, pending ?? null);
}

/** Null: it can be changed. What an upgrade has left to do comes first: until then the address is closed. */
function whyBusy({ status, toOpen }: Pick<EnvironmentItem, "status" | "toOpen">): string | null {
  if (!transitions[status]?.["update-accepted"]) return `the environment is ${status}`;
  return toOpen ? "its last upgrade has not opened it again yet" : null;
}

function openingOf(decision: WindowDecision, pending: PendingUpdate | null): Opening {
  const { kind, reason } = decision;
  if (kind !== "open") return { act: "nothing", reason };
  return { act: "open", window: decision.window, pending: decision.change === imagePatch ? null : pending, reason };
}

/** What people ask for comes before what nobody has asked for. */
function waiting({ pending }: Pick<EnvironmentItem, "pending">, expected: ExpectedSeconds): readonly PendingChange[] {
  const asked = pending ? [{ ...pending, expectedSeconds: expected.pending ?? pending.expectedSeconds }] : [];
  if (expected.patch === null) return asked;
  const requestedAt = Number.MAX_SAFE_INTEGER;
  return [...asked, { id: imagePatch, requestedAt, expectedSeconds: expected.patch, mayOverrun: false }];
}

/**
 * What could not be done within a whole window would wait for ever.
 * @throws InvalidRequest
 */
export function fitsSomeWindow({ expectedSeconds, mayOverrun }: Pick<PendingUpdate, "expectedSeconds" | "mayOverrun">) {
  if (mayOverrun || expectedSeconds <= windowSeconds) return;
  throw new HangarError(
    "InvalidRequest",
    `The change is reckoned to take ${expectedSeconds} s with its way back, and a window has ${windowSeconds} s: it would never begin. Let it take longer (MayOverrun), or make the change now.`,
  );
}

interface Accepted {
  readonly before: EnvironmentItem;
  readonly environment: EnvironmentItem;
  readonly operation: OperationItem;
}

/**
 * An accepted change as one that a window begins: shown as MAINTENANCE; the window is opened and the change taken off by the
 * very write that accepts it.
 */
export function begunInWindow<Decision extends Accepted>(
  decision: Decision,
  opening: Opening & { act: "open" },
): Decision {
  const { before, environment, operation } = decision;
  const { window, pending } = opening;
  const state = windowsOf(before);
  const deferred = state.deferred?.id === window.id ? null : state.deferred;
  return {
    ...decision,
    environment: {
      ...environment,
      status: transition(before.status, "maintenance-began"),
      windows: { ...state, opened: window, deferred },
      ...(pending ? { pending: null } : {}),
      lastUpdate: { ...environment.lastUpdate, source: maintenanceCaller },
    },
    operation: { ...operation, window: window.id },
  };
}

/** An accepted change as one that was queued: nothing waits any more. */
export const begunFromQueue = <Decision extends Accepted>(decision: Decision): Decision => ({
  ...decision,
  environment: { ...decision.environment, pending: null },
});

/** What ending a change writes that no longer fits; `LastUpdate` says why. Nothing else is changed. */
export const refusedPending = (
  error: { readonly code: string; readonly message: string },
  now: number,
): Pick<EnvironmentItem, "pending" | "lastUpdate"> => ({
  pending: null,
  lastUpdate: {
    status: "FAILED",
    createdAt: now,
    source: maintenanceCaller,
    error: {
      code: error.code,
      message: `A change that waited for maintenance was not begun, and nothing was changed: ${error.message}`.slice(
        0,
        1024,
      ),
    },
  },
});
