import { describe, expect, it } from "vitest";
import type { KindName } from "../unkind/kinds.ts";
import { createUnkind } from "../unkind/unkind.ts";
import { createSqsEngine } from "./engine.ts";
import { openForTest } from "./testing/open-for-test.ts";
import { askJson } from "./testing/small-engine.ts";

const QueueUrl = "http://127.0.0.1:4566/000000000000/q";

/** A queue with a visibility time-out of a minute. Each kind strikes as often as its number says, half as hard as it can. */
async function setUp(striking: Partial<Record<KindName, number>>) {
  const left = { ...striking };
  const strikes = (kind: KindName) => {
    const times = left[kind] ?? 0;
    left[kind] = times - 1;
    return times > 0 ? 0.5 : undefined;
  };
  const { time, engine } = openForTest((context, schedule) =>
    createSqsEngine({ ...context, unkind: { strikes } }, schedule),
  );
  await askJson(engine, "CreateQueue", { QueueName: "q", Attributes: { VisibilityTimeout: "60" } });
  const send = (MessageBody: string) => askJson(engine, "SendMessage", { QueueUrl, MessageBody });
  const receive = async (input: object = {}): Promise<{ Body: string; ReceiptHandle: string; MessageId: string }[]> =>
    (await askJson(engine, "ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10, ...input })).Messages ?? [];
  const remove = (ReceiptHandle: string) => askJson(engine, "DeleteMessage", { QueueUrl, ReceiptHandle });
  return { time, engine, send, receive, remove };
}

describe("a message", () => {
  it("that was deleted can come once more as the same message, and deleting that is well", async () => {
    const { time, send, receive, remove } = await setUp({ "sqs-duplicate": 1 });
    await send("twice");
    const [first] = await receive();
    expect(await remove(first!.ReceiptHandle)).toMatchObject({ status: 200 });
    await time.pass(5);
    const [again] = await receive();
    expect(again).toMatchObject({ Body: "twice", MessageId: first!.MessageId });
    expect(await remove(first!.ReceiptHandle)).toMatchObject({ status: 200 }); // stale: nothing happens
    expect(await remove(again!.ReceiptHandle)).toMatchObject({ status: 200 });
    await time.pass(120);
    expect(await receive()).toEqual([]);
  });

  it("that comes once more wakes a long poll that began before", async () => {
    const { time, send, receive, remove } = await setUp({ "sqs-duplicate": 1 });
    await send("twice");
    const [first] = await receive();
    await time.pass(1);
    const waiting = receive({ WaitTimeSeconds: 20 });
    await remove(first!.ReceiptHandle);
    await time.pass(5);
    expect(await waiting).toMatchObject([{ Body: "twice" }]);
  });

  it("in flight can be received by another before its visibility time-out, and is gone once the latest handle deletes it", async () => {
    const { time, send, receive, remove } = await setUp({ "sqs-visible-early": 1 });
    await send("shared");
    const [first] = await receive();
    await time.pass(5);
    const [second] = await receive();
    expect(second?.MessageId).toBe(first?.MessageId);
    await remove(second!.ReceiptHandle);
    await time.pass(120);
    expect(await receive()).toEqual([]);
  });

  it("can be late, so that a later one comes first", async () => {
    const { time, send, receive } = await setUp({ "sqs-late": 1 });
    await send("first");
    await send("second");
    expect((await receive()).map(({ Body }) => Body)).toEqual(["second"]);
    await time.pass(5);
    expect((await receive()).map(({ Body }) => Body)).toEqual(["first"]);
  });
});

describe("a receive", () => {
  it("can bring its messages in another order", async () => {
    const { send, receive } = await setUp({ "sqs-reorder": 1 });
    for (const body of ["a", "b", "c"]) await send(body);
    const bodies = (await receive()).map(({ Body }) => Body);
    expect(bodies).not.toEqual(["a", "b", "c"]);
    expect(bodies.toSorted()).toEqual(["a", "b", "c"]);
  });

  it("that does not wait can miss a message; one that waits never does", async () => {
    const { send, receive } = await setUp({ "sqs-empty-receive": 2 });
    await send("there");
    expect(await receive({ WaitTimeSeconds: 0 })).toEqual([]);
    expect(await receive({ WaitTimeSeconds: 1 })).toMatchObject([{ Body: "there" }]);
  });
});

it.each([1, 2, 3])(
  "a consumer that deletes what it has done gets every message, each at least once (seed %i)",
  async (seed) => {
    const unkind = createUnkind({ seed }, () => undefined);
    const { time, engine } = openForTest((context, schedule) => createSqsEngine({ ...context, unkind }, schedule));
    await askJson(engine, "CreateQueue", { QueueName: "q", Attributes: { VisibilityTimeout: "60" } });
    const bodies = Array.from({ length: 200 }, (_, at) => `message ${at}`);
    for (const MessageBody of bodies) await askJson(engine, "SendMessage", { QueueUrl, MessageBody });
    const seen: string[] = [];
    for (let empty = 0; empty < 20; ) {
      const { Messages = [] } = await askJson(engine, "ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10 });
      empty = Messages.length > 0 ? 0 : empty + 1;
      for (const { Body, ReceiptHandle } of Messages) {
        seen.push(Body);
        await askJson(engine, "DeleteMessage", { QueueUrl, ReceiptHandle });
      }
      await time.pass(1);
    }
    expect([...new Set(seen)].toSorted()).toEqual(bodies.toSorted());
    expect(seen.length).toBeGreaterThan(bodies.length);
    expect(seen).not.toEqual([...seen].sort((one, other) => bodies.indexOf(one) - bodies.indexOf(other)));
  },
);
