// What the extensions answer about maintenance windows, as JSON Schema.
import { reference, type Schema } from "./model-schemas.ts";
import { count, described, list, object, text, time, truth, words } from "./schema-parts.ts";

/** By component name. */
export const maintenanceSchemas: Readonly<Record<string, Schema>> = {
  Maintenance: object(
    {
      Start: described(text, "WeeklyMaintenanceWindowStart, UTC."),
      Window: described(
        object({ StartsAt: time, EndsAt: time, IsOpen: truth }),
        "The window that is open and can still be used, or else the next one.",
      ),
      Skipped: described(time, "The start of the one that would be open or come next, had it not been skipped."),
      Deferred: described(time, "When Window would begin, had it not been deferred."),
      LastOpened: described(object({ StartsAt: time, EndsAt: time }), "The last one in which a change was begun."),
      Pending: reference("PendingUpdate"),
      Missed: list(time, "Starts of windows that passed while Pending waited, and in which it could not begin."),
      Patch: described(
        object({ From: text, To: text }),
        "A newer image of the version that runs; it is brought in a window by itself.",
      ),
    },
    "Skipped",
    "Deferred",
    "LastOpened",
    "Pending",
    "Patch",
  ),
  PendingUpdate: object(
    {
      RequestedAt: time,
      RequestedBy: described(text, "ARN of the caller."),
      WaitsFor: described(
        words("WINDOW", "MAINTENANCE"),
        "WINDOW: it was asked for in one. MAINTENANCE: an UpdateEnvironment queued until maintenance ends; then it starts, FORCED.",
      ),
      StartsAt: described(time, "When it begins at the earliest; absent where it waits for maintenance to end."),
      MayOverrun: described(truth, "It may begin even where it would not be done by the window's end."),
      ExpectedSeconds: described(count, "What it is reckoned with, with its way back."),
      Members: list(text, "Members of the request. No values: options may be secret."),
    },
    "StartsAt",
  ),
};
