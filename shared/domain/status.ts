// MWAA's status words and the only way they change: a literal table over past-tense events.

export const environmentStatuses = [
  "CREATING",
  "CREATE_FAILED",
  "AVAILABLE",
  "UPDATING",
  "DELETING",
  "DELETED",
  "UNAVAILABLE",
  "UPDATE_FAILED",
  "ROLLING_BACK",
  "CREATING_SNAPSHOT",
  "PENDING",
  "MAINTENANCE",
] as const;
export type EnvironmentStatus = (typeof environmentStatuses)[number];

export const environmentEvents = [
  "create-committed",
  "create-rolled-back",
  "create-stuck",
  "create-resumed",
  "update-accepted",
  "update-committed",
  "update-rolled-back",
  "update-stuck",
  "update-resumed",
  "snapshot-began",
  "snapshot-ended",
  "rollback-began",
  "upgrade-committed",
  "upgrade-rolled-back",
  "upgrade-stuck",
  "upgrade-resumed",
  "maintenance-began",
  "maintenance-went-on",
  "maintenance-resumed",
  "delete-accepted",
  "delete-committed",
  "delete-stuck",
  "delete-resumed",
] as const;
export type EnvironmentEvent = (typeof environmentEvents)[number];

/** Only what today's operations do; an operation adds its own rows in the change that adds it. */
export const transitions: Readonly<
  Partial<Record<EnvironmentStatus, Partial<Record<EnvironmentEvent, EnvironmentStatus>>>>
> = {
  CREATING: { "create-committed": "AVAILABLE", "create-rolled-back": "CREATE_FAILED", "create-stuck": "CREATE_FAILED" },
  CREATE_FAILED: { "delete-accepted": "DELETING", "create-resumed": "CREATING" },
  AVAILABLE: { "update-accepted": "UPDATING", "maintenance-began": "MAINTENANCE", "delete-accepted": "DELETING" },
  UPDATING: {
    "update-committed": "AVAILABLE",
    "update-rolled-back": "UPDATE_FAILED",
    "update-stuck": "UNAVAILABLE",
    "snapshot-began": "CREATING_SNAPSHOT",
    "rollback-began": "ROLLING_BACK",
    "upgrade-committed": "AVAILABLE",
    "upgrade-rolled-back": "UPDATE_FAILED",
    "upgrade-stuck": "UNAVAILABLE",
  },
  DELETING: {
    "delete-accepted": "DELETING",
    "delete-committed": "DELETED",
    "delete-stuck": "DELETING",
    "delete-resumed": "DELETING",
  },
  UNAVAILABLE: {
    "update-resumed": "UPDATING",
    "upgrade-resumed": "UPDATING",
    "maintenance-resumed": "MAINTENANCE",
    "delete-accepted": "DELETING",
  },
  UPDATE_FAILED: { "update-accepted": "UPDATING", "maintenance-began": "MAINTENANCE", "delete-accepted": "DELETING" },
  ROLLING_BACK: { "upgrade-rolled-back": "UPDATE_FAILED", "upgrade-stuck": "UNAVAILABLE" },
  CREATING_SNAPSHOT: {
    "snapshot-ended": "UPDATING",
    "maintenance-went-on": "MAINTENANCE",
    "rollback-began": "ROLLING_BACK",
    "upgrade-rolled-back": "UPDATE_FAILED",
    "upgrade-stuck": "UNAVAILABLE",
  },
  // an update or upgrade that a window began, where it would be UPDATING
  MAINTENANCE: {
    "update-committed": "AVAILABLE",
    "update-rolled-back": "UPDATE_FAILED",
    "update-stuck": "UNAVAILABLE",
    "snapshot-began": "CREATING_SNAPSHOT",
    "rollback-began": "ROLLING_BACK",
    "upgrade-committed": "AVAILABLE",
    "upgrade-rolled-back": "UPDATE_FAILED",
    "upgrade-stuck": "UNAVAILABLE",
  },
};

/**
 * The status that follows an event.
 * @throws Error for a pair that is not in the table: a programming fault, never a caller's.
 */
export function transition(status: EnvironmentStatus, event: EnvironmentEvent): EnvironmentStatus {
  const next = transitions[status]?.[event];
  if (!next) throw new Error(`No transition for ${event} in status ${status}.`);
  return next;
}
