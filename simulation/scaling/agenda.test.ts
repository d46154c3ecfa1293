import { describe, expect, it } from "vitest";
import { Agenda } from "./agenda.ts";

describe("the agenda", () => {
  it("does everything in order of time, and what is of one moment in the order it was entered", async () => {
    const agenda = new Agenda();
    const done: string[] = [];
    for (const [index, at] of [5, 3, 9, 3, 1, 3, 5, 3, 5, 3].entries())
      agenda.at(at, () => done.push(`${index} at ${agenda.now}`));
    await agenda.run(8);
    expect(done).toEqual(["4 at 1", "1 at 3", "3 at 3", "5 at 3", "7 at 3", "9 at 3", "0 at 5", "6 at 5", "8 at 5"]);
    expect(agenda.now).toBe(8);
  });

  it("waits for an act that takes promises before it goes on", async () => {
    const agenda = new Agenda();
    const done: string[] = [];
    agenda.at(1, async () => {
      await Promise.resolve();
      await Promise.resolve();
      done.push("slow");
    });
    agenda.at(1, () => done.push("quick"));
    await agenda.run(2);
    expect(done).toEqual(["slow", "quick"]);
  });

  it("repeats, and does what an act enters for now", async () => {
    const agenda = new Agenda();
    const done: number[] = [];
    agenda.every(10, 4, () => agenda.after(-1, () => done.push(agenda.now)));
    await agenda.run(30);
    expect(done).toEqual([4, 14, 24]);
  });
});
