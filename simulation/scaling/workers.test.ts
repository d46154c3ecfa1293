import { describe, expect, it } from "vitest";
import { Agenda } from "./agenda.ts";
import { chance } from "./chance.ts";
import { Workers } from "./workers.ts";

function pool(slots = 2) {
  const agenda = new Agenda();
  return { agenda, workers: new Workers(agenda, chance(1), { slots, longPollSeconds: 10 }) };
}

describe("the modelled workers", () => {
  it("run as many tasks as they have slots, the rest waits its turn, and the waiting is counted", async () => {
    const { agenda, workers } = pool();
    workers.start(0);
    for (const seconds of [10, 20, 5, 5]) workers.arrive(seconds);
    expect([workers.running, workers.queued, workers.need]).toEqual([2, 2, 2]);
    await agenda.run(12);
    expect(workers.waits).toEqual([0, 0, 10]);
    expect([workers.running, workers.queued, workers.need]).toEqual([2, 1, 2]);
    await agenda.run(100);
    expect(workers.waits).toEqual([0, 0, 10, 15]);
    expect(workers.need).toBe(0);
  });

  it("take nothing before they have come up", async () => {
    const { agenda, workers } = pool();
    workers.start(60);
    workers.arrive(5);
    await agenda.run(100);
    expect(workers.waits).toEqual([60]);
  });

  it("start as Fargate starts tasks: nine of ten within 45 to 90 s", async () => {
    const { agenda, workers } = pool();
    const ready: number[] = [];
    workers.onChange = () => ready.push(agenda.now);
    for (let left = 2000; left > 0; left--) workers.start();
    await agenda.run(500);
    expect(ready.filter((at) => at >= 45 && at <= 90).length / 2000).toBeCloseTo(0.9, 1);
    expect(ready[1000]).toBeCloseTo(63.6, -1);
  });

  it("lose what they have in hand when they are stopped and their grace does not suffice", async () => {
    const { agenda, workers } = pool(3);
    const worker = workers.start(0);
    for (const seconds of [60, 119, 121]) workers.arrive(seconds);
    workers.stop(worker, 120);
    workers.arrive(1);
    await agenda.run(500);
    expect(workers.lost).toBe(1);
    expect([workers.queued, workers.running, worker.gone]).toEqual([1, 0, true]);
    expect(workers.close(), "paid until it was killed").toBe(120);
  });

  it("lose nothing when they have nothing in hand, and are gone at once", async () => {
    const { agenda, workers } = pool();
    const worker = workers.start(0);
    workers.arrive(5);
    await agenda.run(6);
    workers.stop(worker, 120);
    expect([worker.gone, workers.lost, workers.close()]).toEqual([true, 0, 6]);
  });

  it("may still be given a task by the poll that was out when they were paused, and none after it", async () => {
    const { agenda, workers } = pool(5);
    const worker = workers.start(0);
    workers.pause(worker);
    expect(worker.pollEndsAt).toBeGreaterThan(0);
    expect(worker.pollEndsAt).toBeLessThanOrEqual(10);
    workers.arrive(50);
    expect(worker.hand.size, "the danger a drain waits out").toBe(1);
    workers.arrive(50);
    expect(worker.hand.size).toBe(1);
    await agenda.run(20);
    workers.resume(worker);
    expect(worker.hand.size).toBe(2);
  });

  it("count what still waits at the end of the day", async () => {
    const { agenda, workers } = pool();
    workers.arrive(5);
    await agenda.run(30);
    workers.close();
    expect(workers.waits).toEqual([30]);
  });
});
