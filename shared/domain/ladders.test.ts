import { describe, expect, it } from "vitest";
import { ladderOf, ladders, type OperationKind, rungOfState } from "./ladders.ts";

const kinds = Object.keys(ladders) as OperationKind[];

describe.each(kinds)("%s", (kind) => {
  const ladder = ladderOf(kind);

  it("has one pivot; effects and checks stand before it, and only what is merely retried after it", () => {
    const kindsInOrder = ladder.rungs.map((rung) => rung.kind);
    const pivot = kindsInOrder.indexOf("commit");
    expect(kindsInOrder.filter((one) => one === "commit")).toHaveLength(1);
    expect(kindsInOrder.slice(0, pivot)).not.toContain("after");
    expect(kindsInOrder.slice(pivot + 1).every((one) => one === "after")).toBe(true);
  });

  it("names a step and a state once, alike", () => {
    for (const { step, state } of ladder.rungs)
      expect(state).toBe(
        step
          .split("-")
          .map((word) => word[0]!.toUpperCase() + word.slice(1))
          .join(""),
      );
    expect(new Set(ladder.rungs.map(({ step }) => step)).size).toBe(ladder.rungs.length);
  });

  it("finds rung and direction by a state's name, and nothing for a state of no rung", () => {
    for (const rung of ladder.rungs) {
      expect(rungOfState(ladder, rung.state)).toEqual({ rung, direction: "run" });
      const undone = ladder.type === "saga" && (rung.kind === "effect" || rung.kind === "once");
      expect(rungOfState(ladder, `Undo${rung.state}`)).toEqual(undone ? { rung, direction: "undo" } : undefined);
    }
    for (const state of ["SettleStuck", "Undo", "", "UndoNothing"]) expect(rungOfState(ladder, state)).toBeUndefined();
  });
});
