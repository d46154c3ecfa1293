import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mwaaShapes } from "./mwaa-model.generated.ts";
import { type EnvironmentEvent, type EnvironmentStatus, environmentEvents, environmentStatuses, transition, transitions } from "./status.ts";

const pairs = environmentStatuses.flatMap((status) => environmentEvents.map((event) => [status, event] as const));
const allowed: readonly (readonly [EnvironmentStatus, EnvironmentEvent, EnvironmentStatus])[] = [
  ["CREATING", "create-committed", "AVAILABLE"],
  ["CREATING", "create-rolled-back", "CREATE_FAILED"],
  ["CREATING", "create-stuck", "CREATE_FAILED"],
  ["CREATE_FAILED", "delete-accepted", "DELETING"],
  ["AVAILABLE", "delete-accepted", "DELETING"],
  ["DELETING", "delete-accepted", "DELETING"],
  ["DELETING", "delete-committed", "DELETED"],
  ["DELETING", "delete-stuck", "DELETING"],
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
    (status, event) => expect(() => transition(status, event)).toThrow(`No transition for ${event} in status ${status}.`),
  );

  it("is the one ARCHITECTURE.md shows", () => {
    const page = new URL("../../ARCHITECTURE.md", import.meta.url);
    const text = existsSync(page) ? readFileSync(page, "utf8") : "";
    const table = text.match(/<!-- status table -->([\s\S]*?)<!-- \/status table -->/)?.[1];
    if (table === undefined) return; // the page is not written yet, or shows no table
    const rows = [...table.matchAll(/^\|\s*`?([A-Z_]+)`?\s*\|\s*`?([a-z-]+)`?\s*\|\s*`?([A-Z_]+)`?\s*\|/gm)].map(([, ...row]) => row);
    const stored = Object.entries(transitions).flatMap(([from, row]) => Object.entries(row).map(([by, to]) => [from, by, to]));
    expect(rows.toSorted()).toEqual(stored.toSorted());
  });
});
