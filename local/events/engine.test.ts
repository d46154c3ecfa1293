import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BusEvent } from "../engine.ts";
import { createEventsEngine, type EventsEngine, type EventsOptions } from "./engine.ts";

let folder: string;
let engine: EventsEngine | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-events-"));
});
afterEach(async () => {
  vi.useRealTimers();
  await engine?.close();
  rmSync(folder, { recursive: true, force: true });
});

const sent: { queue: string; body: { detail: unknown } }[] = [];
const toMemory = (queue: string, body: string) => void sent.push({ queue, body: JSON.parse(body) });

function open(more: Partial<EventsOptions> = {}): EventsEngine {
  sent.length = 0;
  engine = createEventsEngine({
    folder,
    region: "us-east-1",
    accountId: "000000000000",
    now: Date.now,
    sendToQueue: toMemory,
    invoke: async () => ({ payload: null }),
    ...more,
  });
  return engine;
}

const created = (key: string): BusEvent => ({
  id: key,
  source: "aws.s3",
  "detail-type": "Object Created",
  time: "2026-11-22T23:44:35Z",
  region: "us-east-1",
  account: "000000000000",
  resources: [],
  detail: { bucket: { name: "b" }, object: { key } },
});
const rule = { name: "changes", pattern: { source: ["aws.s3"] }, queue: "source-changes" };
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("a declared rule", () => {
  test("sends what matches to its queue, in the bus's own envelope, and nothing else", async () => {
    const bus = open();
    bus.declare([rule]);
    bus.publish(created("a"));
    bus.publish({ ...created("b"), source: "other" });
    await settle();
    expect(sent).toEqual([{ queue: "source-changes", body: { version: "0", ...created("a") } }]);
  });

  test("is replaced by the next declaration", async () => {
    const bus = open();
    bus.declare([rule]);
    bus.declare([{ ...rule, name: "renamed", queue: "other" }]);
    bus.publish(created("a"));
    await settle();
    expect(sent.map((message) => message.queue)).toEqual(["other"]);
  });

  test("calls a function with the event", async () => {
    const calls: unknown[] = [];
    const bus = open({
      async invoke(...call) {
        calls.push(call);
        return { payload: null };
      },
    });
    bus.declare([{ name: "f", pattern: { source: ["aws.s3"] }, function: "handler" }]);
    bus.publish(created("a"));
    await settle();
    expect(calls).toEqual([["handler", { version: "0", ...created("a") }]]);
  });
});

describe("delivery", () => {
  test("is made after a restart when the region was killed before the target had it", async () => {
    const before = open({
      sendToQueue: () => {
        throw new Error("QueueDoesNotExist");
      },
    });
    before.declare([rule]);
    before.publish(created("a"));
    await settle();
    // Not closed: killed. The next start finds the delivery, due a second after its failure.
    open({ now: () => Date.now() + 5_000 });
    await settle();
    expect(sent.map((message) => message.queue)).toEqual(["source-changes"]);
    await before.close();
  });

  test("is tried again with growing pauses until the target takes it", async () => {
    vi.useFakeTimers();
    let failures = 3;
    const tries: number[] = [];
    const start = Date.now();
    const bus = open({
      sendToQueue: (queue, body) => {
        tries.push(Date.now() - start);
        if (failures-- > 0) throw new Error("not now");
        toMemory(queue, body);
      },
    });
    bus.declare([rule]);
    bus.publish(created("a"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(1);
    expect(tries.map((at) => Math.round(at / 1000))).toEqual([0, 1, 3, 7]);
  });

  test("to a function that throws is given up after three calls; to one that is not running, not", async () => {
    vi.useFakeTimers();
    let calls = 0;
    let answer = { errorType: "TypeError", errorMessage: "bug" };
    const bus = open({
      async invoke() {
        calls++;
        return answer;
      },
    });
    bus.declare([{ name: "f", pattern: { source: ["aws.s3"] }, function: "handler" }]);
    bus.publish(created("a"));
    await vi.advanceTimersByTimeAsync(600_000);
    expect(calls).toBe(3);
    calls = 0;
    answer = { errorType: "Lambda.Unknown", errorMessage: "restarting" };
    bus.publish(created("b"));
    await vi.advanceTimersByTimeAsync(600_000);
    expect(calls).toBeGreaterThan(3);
  });

  test("to one slow target does not hold up the others", async () => {
    const hung = Promise.withResolvers<{ payload: unknown }>();
    const bus = open({ invoke: () => hung.promise });
    bus.declare([rule, { name: "slow", pattern: { source: ["aws.s3"] }, function: "slow" }]);
    bus.publish(created("a"));
    bus.publish(created("b"));
    await settle();
    expect(sent).toHaveLength(2);
    hung.resolve({ payload: null });
  });
});
