import { afterEach, describe, expect, test } from "vitest";
import { type SourceMessage, startEventSources } from "./sources.ts";
import type { InvokeResult } from "./wiring.ts";

/** A queue in memory: hands out what is visible, waits when there is nothing, remembers what was deleted. */
class MemoryQueue {
  visible: string[] = [];
  deleted: string[] = [];
  waits: number[] = [];
  wake = () => {};

  push(...bodies: string[]) {
    this.visible.push(...bodies);
    this.wake();
  }

  async receive(_name: string, options: { maxMessages: number; waitSeconds: number; signal: AbortSignal }) {
    this.waits.push(options.waitSeconds);
    if (this.visible.length === 0 && options.waitSeconds === 20 && !options.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        options.signal.addEventListener("abort", () => resolve());
      });
    }
    return this.visible.splice(0, options.maxMessages).map(message);
  }

  delete(_name: string, handles: readonly string[]) {
    this.deleted.push(...handles);
  }
}

const message = (body: string): SourceMessage => ({
  messageId: `id-${body}`,
  receiptHandle: `handle-${body}`,
  body,
  md5OfBody: "",
  attributes: {},
  messageAttributes: {},
});

let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

function sources(queue: MemoryQueue, answer: (n: number) => InvokeResult, consumer = {}) {
  let time = 0;
  const batches: { messageId: string; body: string; eventSourceARN: string }[][] = [];
  let calls = Promise.withResolvers<void>();
  const started = startEventSources({
    queues: [{ name: "changes", consumer: { function: "f", batchSize: 25, batchWindowSeconds: 0.5, ...consumer } }],
    sqs: queue,
    async invoke(name, event) {
      expect(name).toBe("f");
      batches.push((event as { Records: (typeof batches)[number] }).Records);
      calls.resolve();
      calls = Promise.withResolvers();
      return answer(batches.length);
    },
    region: "us-east-1",
    accountId: "000000000000",
    now: () => {
      time += 200; // every look at the clock takes a while: the window of 500 ms is over at the third
      return time;
    },
  });
  close = started.close;
  return { batches, nextCall: () => calls.promise };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("an event source", () => {
  test("hands messages over as Lambda's SQS records and deletes them once they are taken", async () => {
    const queue = new MemoryQueue();
    const { batches, nextCall } = sources(queue, () => ({ payload: null }));
    const call = nextCall();
    queue.push("a", "b");
    await call;
    await settle();
    expect(batches[0]?.[0]).toMatchObject({
      messageId: "id-a",
      body: "a",
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:changes",
    });
    expect(queue.deleted).toEqual(["handle-a", "handle-b"]);
  });

  test("gathers more than one receive can carry, up to the batch size", async () => {
    const queue = new MemoryQueue();
    queue.push(...Array.from({ length: 30 }, (_, n) => String(n)));
    const { batches, nextCall } = sources(queue, () => ({ payload: null }), { batchWindowSeconds: 60 });
    await nextCall();
    expect(batches[0]).toHaveLength(25);
  });

  test("does not wait longer than the window, which may be a fraction of a second", async () => {
    const queue = new MemoryQueue();
    const { batches, nextCall } = sources(queue, () => ({ payload: null }));
    const call = nextCall();
    queue.push("a");
    await call;
    expect(batches[0]).toHaveLength(1);
    expect(queue.waits[0]).toBe(20);
    expect(Math.max(...queue.waits.slice(1, 3))).toBeLessThanOrEqual(0.5);
  });

  test("leaves every message when the function fails, and only the named ones when it says which", async () => {
    const queue = new MemoryQueue();
    const answers: InvokeResult[] = [
      { errorType: "Error", errorMessage: "no" },
      { payload: { batchItemFailures: [{ itemIdentifier: "id-b" }] } },
      { payload: { batchItemFailures: [{ itemIdentifier: "" }] } },
    ];
    const { nextCall } = sources(queue, (n) => answers[n - 1] ?? { payload: null });
    for (const [bodies, deleted] of [
      [["x"], []],
      [
        ["a", "b", "c"],
        ["handle-a", "handle-c"],
      ],
      [["y"], ["handle-a", "handle-c"]],
    ] as const) {
      const call = nextCall();
      queue.push(...bodies);
      await call;
      await settle();
      expect(queue.deleted).toEqual(deleted);
    }
  });

  test("survives a queue that cannot be read", async () => {
    const queue = new MemoryQueue();
    const receive = queue.receive.bind(queue);
    let failures = 1;
    queue.receive = async (name, options) => {
      if (failures-- > 0) throw new Error("QueueDoesNotExist");
      return receive(name, options);
    };
    const { nextCall } = sources(queue, () => ({ payload: null }));
    const call = nextCall();
    queue.push("a");
    await call;
  });
});
