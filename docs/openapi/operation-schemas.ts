// What the extensions answer about operations, as JSON Schema.
import { ladders } from "../../shared/domain/ladders.ts";
import type { OperationStatus } from "../../shared/domain/operation-view.ts";
import { reference, type Schema } from "./model-schemas.ts";
import { count, described, list, number, object, text, time, words } from "./schema-parts.ts";

const statuses = Object.keys({
  RUNNING: 0,
  UNDOING: 0,
  SUCCEEDED: 0,
  ROLLED_BACK: 0,
  STUCK: 0,
} satisfies Record<OperationStatus, 0>);

/** By component name. */
export const operationSchemas: Readonly<Record<string, Schema>> = {
  Operation: object(
    {
      OperationId: text,
      Type: words(...Object.keys(ladders)),
      Status: words(...statuses),
      CreatedAt: time,
      CreatedBy: described(text, "ARN of the caller."),
      EndedAt: time,
      Seconds: described(number, "From CreatedAt to EndedAt."),
      Window: described(time, "Only where a maintenance window began it: its regular start."),
      Attempt: described(count, "How often its state machine was started."),
      Changes: list(reference("Change"), "Of an update or an upgrade only."),
      WorkerReplacementStrategy: reference("WorkerReplacementStrategy"),
      Upgrade: reference("VersionChange"),
      Interrupted: described(
        object({
          Count: count,
          Tasks: list(object({ DagId: text, RunId: text, TaskId: text, MapIndex: number, TryNumber: count })),
        }),
        "Task instances an upgrade has ended, and that run again: all in Count, the first hundred in Tasks.",
      ),
      Steps: list(
        reference("Step"),
        "Every step of its kind, in order. Of a CHECK, which looks anew each time, no times are kept.",
      ),
      Error: reference("OperationError"),
    },
    "EndedAt",
    "Seconds",
    "Window",
    "Changes",
    "WorkerReplacementStrategy",
    "Upgrade",
    "Interrupted",
    "Error",
  ),
  OperationError: object(
    {
      Step: described(text, "The step that failed, or `cancel`."),
      ErrorCode: text,
      ErrorMessage: text,
      Log: list(
        text,
        "The last lines of what the failed task wrote, oldest first: twenty and 4 KB at most, with what looks like a secret left out. Absent where there are none.",
      ),
    },
    "Log",
  ),
  Step: object(
    {
      Step: text,
      Kind: words("EFFECT", "ONCE", "CHECK", "COMMIT", "AFTER"),
      StartedAt: time,
      EndedAt: time,
      Seconds: number,
      UndoneAt: time,
    },
    "StartedAt",
    "EndedAt",
    "Seconds",
    "UndoneAt",
  ),
};
