import { describe, expect, it } from "vitest";
import { accountOf, type TaskRow } from "./ledger.ts";

const row = (index: number, changes: Partial<TaskRow> = {}): TaskRow => ({
  ...{ dagId: "load", runId: "r1", index, state: "success", tryNumber: 1, earlierTries: 0, ...changes },
});
const lines = (...all: readonly string[]): string => all.map((line) => `${line} 1 99 1.5\n`).join("");
const whole = (index: number): readonly string[] => [`began load r1 ${index}`, `ended load r1 ${index}`];

describe("the account of tasks", () => {
  it("has nothing to say of tasks that began once, ended once and succeeded", () => {
    expect(accountOf(lines(...whole(0), ...whole(1)), [row(0), row(1)])).toEqual({
      ...{ tasks: 2, lost: [], duplicated: [], killed: [], unknown: [] },
    });
  });

  it("calls lost what did not succeed, and a success of which no task knows", () => {
    const account = accountOf(lines(...whole(0)), [row(0, { state: "queued" }), row(1)]);
    expect(account.lost).toEqual(["load r1 0 (queued, try 1)", "load r1 1 (success, try 1)"]);
  });

  it.each([
    ["a second beginning", lines(...whole(0), "began load r1 0"), row(0)],
    ["a second end", lines(...whole(0), "ended load r1 0"), row(0)],
    ["a second try", lines(...whole(0)), row(0, { tryNumber: 2 })],
    ["an earlier try", lines(...whole(0)), row(0, { earlierTries: 1 })],
  ])("calls duplicated %s", (_what, ledger, one) => {
    expect(accountOf(ledger, [one]).duplicated).toHaveLength(1);
  });

  it("calls killed what began and never ended, whatever Airflow says of it", () => {
    expect(accountOf(lines("began load r1 0"), [row(0)]).killed).toHaveLength(1);
  });

  it("names what ran and is unknown to Airflow", () => {
    expect(accountOf(lines(...whole(7)), []).unknown).toEqual(["load r1 7"]);
  });
});
