import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mwaaShapes } from "./mwaa-model.generated.ts";
import {
  type EnvironmentEvent,
  type EnvironmentStatus,
  environmentEvents,
  environmentStatuses,
  transition,
  transitions,
} from "./status.ts";

const pairs = environmentStatuses.flatMap((status) => environmentEvents.map((event) => [status, event] as const));
const allowed: readonly (readonly [EnvironmentStatus, EnvironmentEvent, EnvironmentStatus])[] = [
  ["CREATING", "create-committed", "AVAILABLE"],
  ["CREATING", "create-rolled-back", "CREATE_FAILED"],
  ["CREATING", "create-stuck", "CREATE_FAILED"],
  ["CREATE_FAILED", "create-resumed", "CREATING"],
  ["CREATE_FAILED", "delete-accepted", "DELETING"],
  ["AVAILABLE", "update-accepted", "UPDATING"],
  ["AVAILABLE", "delete-accepted", "DELETING"],
  ["UPDATING", "update-committed", "AVAILABLE"],
  ["UPDATING", "update-rolled-back", "UPDATE_FAILED"],
  ["UPDATING", "update-stuck", "UNAVAILABLE"],
  ["UPDATING", "snapshot-began", "CREATING_SNAPSHOT"],
  ["UPDATING", "rollback-began", "ROLLING_BACK"],
  ["UPDATING", "upgrade-committed", "AVAILABLE"],
  ["UPDATING", "upgrade-rolled-back", "UPDATE_FAILED"],
  ["UPDATING", "upgrade-stuck", "UNAVAILABLE"],
  ["CREATING_SNAPSHOT", "snapshot-ended", "UPDATING"],
  ["CREATING_SNAPSHOT", "rollback-began", "ROLLING_BACK"],
  ["CREATING_SNAPSHOT", "upgrade-rolled-back", "UPDATE_FAILED"],
  ["CREATING_SNAPSHOT", "upgrade-stuck", "UNAVAILABLE"],
  ["ROLLING_BACK", "upgrade-rolled-back", "UPDATE_FAILED"],
  ["ROLLING_BACK", "upgrade-stuck", "UNAVAILABLE"],
  ["UNAVAILABLE", "upgrade-resumed", "UPDATING"],
  ["UPDATE_FAILED", "update-accepted", "UPDATING"],
  ["UPDATE_FAILED", "delete-accepted", "DELETING"],
  ["UNAVAILABLE", "update-resumed", "UPDATING"],
  ["UNAVAILABLE", "delete-accepted", "DELETING"],
  ["AVAILABLE", "maintenance-began", "MAINTENANCE"],
  ["UPDATE_FAILED", "maintenance-began", "MAINTENANCE"],
  ["UNAVAILABLE", "maintenance-resumed", "MAINTENANCE"],
  ["CREATING_SNAPSHOT", "maintenance-went-on", "MAINTENANCE"],
  ["MAINTENANCE", "update-committed", "AVAILABLE"],
  ["MAINTENANCE", "update-rolled-back", "UPDATE_FAILED"],
  ["MAINTENANCE", "update-stuck", "UNAVAILABLE"],
  ["MAINTENANCE", "snapshot-began", "CREATING_SNAPSHOT"],
  ["MAINTENANCE", "rollback-began", "ROLLING_BACK"],
  ["MAINTENANCE", "upgrade-committed", "AVAILABLE"],
  ["MAINTENANCE", "upgrade-rolled-back", "UPDATE_FAILED"],
  ["MAINTENANCE", "upgrade-stuck", "UNAVAILABLE"],
  ["DELETING", "delete-accepted", "DELETING"],
  ["DELETING", "delete-committed", "DELETED"],
  ["DELETING", "delete-stuck", "DELETING"],
  ["DELETING", "delete-resumed", "DELETING"],
];

describe("status words", () => {
  it("are MWAA's twelve", () => {
    expect([...environmentStatuses].toSorted()).toEqual([...mwaaShapes["EnvironmentStatus"]!.enum!].toSorted());
  });
});

describe("the transition table", () => {
  it.each(allowed)("%s, %s → %s", (status, event, next) => expect(transition(status, event)).toBe(next));

  it.each(pairs.filter(([status, event]) => !allowed.some(([from, by]) => from === status && by === event)))(
    "%s has no row for %s: a programming fault, not a status",
    (status, event) =>
      expect(() => transition(status, event)).toThrow(`No transition for ${event} in status ${status}.`),
  );

  it("is the one ARCHITECTURE.md shows", () => {
    const page = readFileSync(new URL("../../ARCHITECTURE.md", import.meta.url), "utf8");
    const table = page.match(/<!-- status-table:begin -->([\s\S]*)<!-- status-table:end -->/)![1]!;
    const shown = [...table.matchAll(/^\| `([A-Z_]+)` \| ([a-z-]+) \| `([A-Z_]+)` \|$/gm)].map(([, ...row]) => row);
    expect(shown).toEqual(
      Object.entries(transitions).flatMap(([from, row]) => Object.entries(row).map(([by, to]) => [from, by, to])),
    );
  });
});
