import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Report } from "./reports.ts";
import { drainVerdict, withdrawal } from "./worker-drain.ts";

const report = (taskId: string, changes: Partial<Report> = {}): Report => ({
  schema: 1,
  taskId,
  role: "worker",
  generation: 1,
  at: 0,
  healthy: true,
  components: {},
  staged: [],
  problems: [],
  ...changes,
});
const draining = (taskId: string, inFlight: number, id = "mine") =>
  report(taskId, { drain: { id, state: "draining", inFlight } });
const released = (taskId: string, id = "mine") => report(taskId, { drain: { id, state: "released", inFlight: 0 } });

describe("a drain", () => {
  it.each<[string, string[], Report[], string]>([
    ["no worker is left", [], [], "ready"],
    ["every worker has let go", ["a", "b"], [released("a"), released("b")], "ready"],
    ["one let go under an older drain: that is final", ["a"], [released("a", "older")], "ready"],
    ["workers that are gone count for nothing", ["a"], [released("a"), draining("b", 9)], "ready"],
    ["one has tasks in hand", ["a", "b"], [released("a"), draining("b", 2)], "b: 2 tasks in hand"],
    ["one has none in hand but has not let go", ["a"], [draining("a", 0)], "a: 0 tasks in hand"],
    ["one drains for an older reason", ["a"], [draining("a", 2, "older")], "a: has not heard of it yet"],
    ["one has not heard of it", ["a"], [report("a")], "a: has not heard of it yet"],
    ["one has a report without a drain", ["a"], [report("a", { drain: null })], "a: has not heard of it yet"],
    ["one has never reported", ["a"], [], "a: has not heard of it yet"],
  ])("%s", (_, running, reports, said) => {
    const { verdict, reason } = drainVerdict("mine", running, reports);
    if (said === "ready") expect(verdict).toBe("ready");
    else expect([verdict, reason]).toEqual(["notYet", `1 old workers still finish their tasks: ${said}`]);
  });
});

const drains = fc.option(
  fc.record({
    id: fc.constantFrom("mine", "older"),
    state: fc.constantFrom("draining" as const, "released" as const),
    inFlight: fc.nat(3),
  }),
  { nil: null },
);
const tasks = ["a", "b", "c", "d"];
const reportsOf = fc
  .tuple(
    ...tasks.map((taskId) =>
      fc.option(
        fc.record({ drain: drains, epoch: fc.option(fc.nat(5), { nil: null }) }).map((said) => report(taskId, said)),
        { nil: undefined },
      ),
    ),
  )
  .map((all) => all.filter((one) => one !== undefined));

describe("a drain that is over", () => {
  it("left no running worker that has not let go: such a worker could still have a task", () => {
    fc.assert(
      fc.property(fc.subarray(tasks), reportsOf, (running, reports) => {
        const left = running.filter((id) => reports.find(({ taskId }) => taskId === id)?.drain?.state !== "released");
        expect(drainVerdict("mine", running, reports).verdict).toBe(left.length === 0 ? "ready" : "notYet");
      }),
    );
  });
});

describe("a drain that was withdrawn", () => {
  it.each<[string, Report[], object]>([
    ["no report: it may still let go", [], { released: [], undecided: ["a"] }],
    ["an older document was read", [report("a", { epoch: 6 })], { released: [], undecided: ["a"] }],
    ["the document was read: it takes work again", [report("a", { epoch: 7 })], { released: [], undecided: [] }],
    ["a later document was read", [report("a", { epoch: 8 })], { released: [], undecided: [] }],
    ["it had let go, whatever it has read", [{ ...released("a"), epoch: 7 }], { released: ["a"], undecided: [] }],
    ["it had let go before it read", [{ ...released("a"), epoch: 6 }], { released: ["a"], undecided: [] }],
  ])("%s", (_, reports, sorted) => {
    expect(withdrawal(["a"], reports, 7)).toEqual(sorted);
  });

  it("never keeps a worker that has let go, and never replaces one that has not", () => {
    fc.assert(
      fc.property(fc.subarray(tasks), reportsOf, fc.nat(5), (running, reports, epoch) => {
        const { released: gone, undecided } = withdrawal(running, reports, epoch);
        for (const id of running) {
          const said = reports.find(({ taskId }) => taskId === id);
          expect(gone.includes(id)).toBe(said?.drain?.state === "released");
          if (undecided.includes(id)) expect(said?.epoch ?? 0).toBeLessThan(epoch);
        }
        expect([...gone, ...undecided].filter((id) => !running.includes(id))).toEqual([]);
      }),
    );
  });
});
