import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ScalingFacts } from "./pool.ts";
import { decideScaling, type ScalingView } from "./scaling.ts";
import type { LoadPoint } from "./scaling-load.ts";

const facts: ScalingFacts = {
  metricSeconds: 10,
  surplusSeconds: 300,
  staleSeconds: 35,
  alarmSeconds: 10,
  againSeconds: 10,
  drainSeconds: 60,
};
const now = 1_000_000_000;

/** A load that has been the same for a while; seconds. */
const steady = (need: number, seconds = 320): LoadPoint[] =>
  Array.from({ length: seconds / 10 + 1 }, (_, index) => point(need, seconds - index * 10));
const point = (need: number, secondsAgo: number): LoadPoint => ({
  at: now - secondsAgo * 1000,
  running: Math.min(need * 5, 10),
  queued: Math.max(0, need * 5 - 10),
  slots: 5,
  need,
});
const worker = (taskId: string, inHand: number | null = 1, released = false) => ({ taskId, inHand, released });
const drain = (id: string, ...tasks: string[]) => ({ id, role: "worker", generation: 1, tasks }) as const;

const view = (changes: Partial<ScalingView>): ScalingView => ({
  now,
  limits: { min: 1, max: 5 },
  target: 2,
  changedAt: now - 3_600_000,
  drains: [],
  load: steady(2),
  workers: [worker("a"), worker("b")],
  desired: 2,
  generation: 1,
  ...changes,
});
const decide = (changes: Partial<ScalingView>) => decideScaling(view(changes), facts, "d1");

describe("scaling", () => {
  it("adds as many workers as the load needs at once, up to MaxWorkers", () => {
    expect(decide({ load: [...steady(2), point(4, 0)] })).toMatchObject({
      target: 4,
      desired: 4,
      drains: [],
      againSeconds: 10,
    });
    const most = decide({ load: [...steady(2), point(40, 0)] });
    expect(most).toMatchObject({ target: 5, desired: 5 });
    expect(most.reason).toBe(
      "5 workers: 10 running and 190 queued tasks, 5 to a worker, which would fill 40, between MinWorkers 1 and MaxWorkers 5.",
    );
  });

  it("leaves a settled environment alone, and looks no further", () => {
    expect(decide({})).toMatchObject({ target: 2, desired: 2, drains: [], stop: [], againSeconds: null });
  });

  it("drains what no moment of the window needed, the idlest first; the service keeps them until they have let go", () => {
    const workers = [worker("a", 3), worker("b", 0), worker("c", 1)];
    const decision = decide({ target: 3, desired: 3, workers, load: steady(1) });
    expect(decision).toMatchObject({ target: 1, desired: 3, stop: [], againSeconds: 10 });
    expect(decision.drains).toEqual([drain("d1", "b", "c")]);
    expect(decision.reason).toMatch(
      /^1 worker: in the last 300 s no more were needed \(now 5 running and 0 queued tasks\)/,
    );
  });

  it("keeps its workers for a load of one moment within the window", () => {
    const load = [...steady(1, 320).slice(0, 10), point(2, 215), ...steady(1, 320).slice(12)];
    const decision = decide({ load });
    expect(decision).toMatchObject({ target: 2, drains: [] });
    expect(decision.reason).toMatch(/1 would do now .* and go when that has been so for 300 s/);
  });

  it("takes nobody away while a part of the window was not measured", () => {
    const load = steady(1).filter(({ at }) => at < now - 200_000 || at > now - 150_000);
    expect(decide({ load })).toMatchObject({ target: 2, drains: [] });
  });

  it("changes nothing while the monitor is silent, and says since when", () => {
    const silent = decide({ target: 3, desired: 3, load: [point(40, 36)] });
    expect(silent).toMatchObject({ target: 3, desired: 3, drains: [], againSeconds: null });
    expect(silent.reason).toBe("3 workers held: the environment's monitor has measured nothing for 36 s.");
    expect(decide({ load: [] }).reason).toContain("nothing yet");
  });

  it("asks draining workers back before it starts new ones, the busiest first", () => {
    const workers = [worker("a", 2), worker("b", 1), worker("c", 4)];
    const drains = [drain("d0", "b", "c")];
    const some = decide({ target: 1, desired: 3, workers, drains, load: [...steady(1), point(2, 0)] });
    expect(some).toMatchObject({ target: 2, desired: 3, drains: [drain("d0", "b")] });
    const more = decide({ target: 1, desired: 3, workers, drains, load: [...steady(1), point(4, 0)] });
    expect(more).toMatchObject({ target: 4, desired: 4, drains: [] });
  });

  it("stops a worker that has let go, and counts it no more; who let go as it was asked back is replaced", () => {
    const workers = [worker("a"), worker("b", 0, true)];
    expect(decide({ target: 1, desired: 2, workers, drains: [drain("d0", "b")], load: steady(1) })).toMatchObject({
      target: 1,
      desired: 1,
      drains: [],
      stop: ["b"],
    });
    const back = decide({
      target: 1,
      desired: 2,
      workers,
      drains: [drain("d0", "b")],
      load: [...steady(1), point(2, 0)],
    });
    expect(back).toMatchObject({ target: 2, desired: 2, drains: [], stop: ["b"] });
  });

  it("forgets the drain of a worker that is gone", () => {
    expect(
      decide({ target: 1, desired: 2, workers: [worker("a")], drains: [drain("d0", "b")], load: steady(1) }),
    ).toMatchObject({ desired: 1, drains: [] });
  });

  it("drains down to a lowered MaxWorkers", () => {
    const workers = [worker("a"), worker("b"), worker("c")];
    const decision = decide({ limits: { min: 1, max: 2 }, target: 3, desired: 3, workers, load: steady(9) });
    expect(decision).toMatchObject({ target: 2, desired: 3 });
    expect(decision.drains[0]?.tasks).toHaveLength(1);
  });

  it("looks again while the alarm may be raised from before: it would not tell of further growth", () => {
    const raised = { target: 4, desired: 4, workers: ["a", "b", "c", "d"].map((id) => worker(id)) };
    expect(decide({ ...raised, changedAt: now - 39_000, load: [...steady(4), point(4, 0)] }).againSeconds).toBe(10);
    expect(decide({ ...raised, changedAt: now - 41_000, load: [...steady(4), point(4, 0)] }).againSeconds).toBeNull();
  });
});

const anyLoad = fc
  .array(fc.nat(12), { maxLength: 40 })
  .map((needs) => needs.map((need, index) => point(need, (needs.length - index) * 10)));
const anyView = fc
  .record({
    min: fc.integer({ min: 1, max: 4 }),
    more: fc.nat(4),
    target: fc.integer({ min: 1, max: 9 }),
    workers: fc.array(fc.record({ inHand: fc.option(fc.nat(5)), released: fc.boolean(), drains: fc.boolean() }), {
      maxLength: 9,
    }),
    load: anyLoad,
  })
  .map(({ min, more, target, workers, load }) =>
    view({
      limits: { min, max: min + more },
      target,
      desired: workers.length,
      load,
      workers: workers.map(({ inHand, released }, index) => ({ taskId: `t${index}`, inHand, released })),
      drains: workers.flatMap(({ drains }, index) => (drains ? [drain("d0", `t${index}`)] : [])),
    }),
  );

describe("whatever it sees, scaling", () => {
  it("stays between the limits once anything is measured, and never adds to or takes from what it must hold", () => {
    fc.assert(
      fc.property(anyView, (seen) => {
        const decision = decideScaling(seen, facts, "d1");
        const newest = seen.load.at(-1);
        if (newest && now - newest.at <= 35_000) {
          expect(decision.target).toBeGreaterThanOrEqual(seen.limits.min);
          expect(decision.target).toBeLessThanOrEqual(seen.limits.max);
        } else {
          expect(decision.target).toBe(seen.target);
          expect(
            decision.drains
              .flatMap(({ tasks }) => tasks ?? [])
              .every((id) => seen.drains.some(({ tasks }) => tasks?.includes(id))),
          ).toBe(true);
        }
      }),
    );
  });

  it("tells the service to keep every worker that has not let go", () => {
    fc.assert(
      fc.property(anyView, (seen) => {
        const decision = decideScaling(seen, facts, "d1");
        expect(decision.desired).toBeGreaterThanOrEqual(seen.workers.filter(({ released }) => !released).length);
        expect([...decision.stop].sort()).toEqual(
          seen.workers.flatMap(({ taskId, released }) => (released ? [taskId] : [])).sort(),
        );
      }),
    );
  });

  it("wants no fewer workers for a higher load", () => {
    fc.assert(
      fc.property(anyView, fc.nat(5), (seen, more) => {
        const higher = { ...seen, load: seen.load.map((one) => ({ ...one, need: one.need + more })) };
        expect(decideScaling(higher, facts, "d1").target).toBeGreaterThanOrEqual(
          decideScaling(seen, facts, "d1").target,
        );
      }),
    );
  });

  it("never takes away a worker that the present load needs", () => {
    fc.assert(
      fc.property(anyView, (seen) => {
        const decision = decideScaling(seen, facts, "d1");
        const need = seen.load.at(-1)?.need ?? 0;
        if (decision.target < seen.target)
          expect(decision.target).toBeGreaterThanOrEqual(Math.min(need, seen.limits.max));
      }),
    );
  });

  it("does not flap: a load that goes up and down within the window changes the number at most once", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 40, maxLength: 80 }), (needs) => {
        let target = 1;
        const targets: number[] = [];
        const noisy = needs.map((need, index) => (index % 25 === 0 ? 5 : need));
        for (let index = 0; index < noisy.length; index++) {
          const load = noisy.slice(0, index + 1).map((need, at) => point(need, (index - at) * 10));
          const workers = Array.from({ length: target }, (_, number) => worker(`t${number}`));
          target = decideScaling(view({ target, desired: target, load, workers }), facts, "d").target;
          targets.push(target);
        }
        expect(targets.filter((one, index) => index > 0 && one !== targets[index - 1]).length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
