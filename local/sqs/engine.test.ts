import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createSqsEngine, type SqsEngine } from "./engine.ts";
import { openForTest } from "./testing/open-for-test.ts";
import { askJson, testRequest } from "./testing/small-engine.ts";

function setUp() {
  const { time, context, engine } = openForTest(createSqsEngine);
  return { time, context, engine, QueueUrl: "http://127.0.0.1:4566/000000000000/q" };
}

async function create(engine: SqsEngine, QueueName = "q", Attributes: Record<string, string> = {}) {
  expect(await askJson(engine, "CreateQueue", { QueueName, Attributes })).toMatchObject({ status: 200 });
}

const never = new AbortController().signal;

describe("queue URLs", () => {
  it("carry the origin the client dialled, and any origin is taken back", async () => {
    const { engine } = setUp();
    await create(engine);
    const found = await askJson(engine, "GetQueueUrl", { QueueName: "q" }, { endpoint: "http://localhost:9" });
    expect(found.QueueUrl).toBe("http://localhost:9/000000000000/q");
    const other = { QueueUrl: "https://sqs.us-east-1.amazonaws.com/000000000000/q", MessageBody: "x" };
    expect(await askJson(engine, "SendMessage", other, { rawPath: "/000000000000/q" })).toMatchObject({ status: 200 });
  });

  it("of another account name no queue here, and what is no URL is no address", async () => {
    const { engine } = setUp();
    await create(engine);
    const foreign = await askJson(engine, "ListQueueTags", { QueueUrl: "http://127.0.0.1/111111111111/q" });
    expect(foreign.__type).toBe("com.amazonaws.sqs#QueueDoesNotExist");
    expect(await askJson(engine, "ListQueueTags", { QueueUrl: "q" })).toMatchObject({
      __type: "com.amazonaws.sqs#InvalidAddress",
      status: 404,
    });
  });
});

describe("older clients", () => {
  it("that speak the Query protocol are refused in that protocol, and told what to use", async () => {
    const { engine } = setUp();
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    const response = await engine.handle(testRequest({ headers, body: Buffer.from("Action=ListQueues") }));
    expect(response.status).toBe(400);
    expect(response.body).toMatch(/<Code>InvalidAction<\/Code><Message>.*botocore 1\.31\.81 or newer/);
  });
});

describe("long polls", () => {
  it("end with nothing when their time is over, not before", async () => {
    const { engine, time } = setUp();
    await create(engine);
    let answered = false;
    const waiting = engine.receive("q", { maxMessages: 1, waitSeconds: 20, signal: never }).then((messages) => {
      answered = true;
      return messages;
    });
    await time.pass(19.9);
    expect(answered).toBe(false);
    await time.pass(0.1);
    expect(await waiting).toEqual([]);
  });

  it("are woken by the moment a visibility timeout ends", async () => {
    const { engine, time } = setUp();
    await create(engine, "q", { VisibilityTimeout: "5" });
    await engine.send("q", "once more");
    const [first] = await engine.receive("q", { maxMessages: 1, waitSeconds: 0, signal: never });
    const waiting = engine.receive("q", { maxMessages: 1, waitSeconds: 20, signal: never });
    await time.pass(5);
    const [second] = await waiting;
    expect(second).toMatchObject({ messageId: first!.messageId, attributes: { ApproximateReceiveCount: "2" } });
  });

  it("are woken by the end of a delay, and by a visibility made shorter", async () => {
    const { engine, time } = setUp();
    await create(engine);
    await engine.send("q", "late", { delaySeconds: 3 });
    const delayed = engine.receive("q", { maxMessages: 1, waitSeconds: 20, signal: never });
    await time.pass(3);
    const [message] = await delayed;
    const again = engine.receive("q", { maxMessages: 1, waitSeconds: 20, signal: never });
    engine.changeVisibility("q", message!.receiptHandle, 1);
    await time.pass(1);
    expect((await again)[0]!.messageId).toBe(message!.messageId);
  });

  it("are served in the order they came, one message each", async () => {
    const { engine } = setUp();
    await create(engine);
    const polls = [1, 2].map(() => engine.receive("q", { maxMessages: 10, waitSeconds: 20, signal: never }));
    await engine.send("q", "first");
    await engine.send("q", "second");
    expect((await Promise.all(polls)).map((messages) => messages.map(({ body }) => body))).toEqual([
      ["first"],
      ["second"],
    ]);
  });

  it("take nothing for a client that hung up", async () => {
    const { engine } = setUp();
    await create(engine);
    const hangUp = new AbortController();
    const waiting = engine.receive("q", { maxMessages: 1, waitSeconds: 20, signal: hangUp.signal });
    hangUp.abort();
    expect(await waiting).toEqual([]);
    await engine.send("q", "kept");
    expect(engine.attributes("q")).toMatchObject({ ApproximateNumberOfMessages: "1" });
    expect(await engine.receive("q", { maxMessages: 1, waitSeconds: 20, signal: hangUp.signal })).toEqual([]);
    expect(engine.attributes("q")).toMatchObject({ ApproximateNumberOfMessages: "1" });
  });

  it("wait as long as their queue says when the request does not, and end when the queue is deleted", async () => {
    const { engine, time, QueueUrl } = setUp();
    await create(engine, "q", { ReceiveMessageWaitTimeSeconds: "10" });
    const waiting = askJson(engine, "ReceiveMessage", { QueueUrl });
    await time.pass(9);
    await askJson(engine, "DeleteQueue", { QueueUrl });
    expect(await waiting).toMatchObject({ __type: "com.amazonaws.sqs#QueueDoesNotExist" });
  });

  it("are answered when the engine closes", async () => {
    const { engine } = setUp();
    await create(engine);
    const waiting = engine.receive("q", { maxMessages: 1, waitSeconds: 20, signal: never });
    await engine.close();
    expect(await waiting).toEqual([]);
  });
});

describe("visibility", () => {
  it("never lasts longer than twelve hours from the receive", async () => {
    const { engine, time } = setUp();
    await create(engine, "q", { VisibilityTimeout: "43200" });
    await engine.send("q", "long");
    const [message] = await engine.receive("q", { maxMessages: 1, waitSeconds: 0, signal: never });
    await time.pass(3600);
    engine.changeVisibility("q", message!.receiptHandle, 43_200 - 3600);
    expect(() => engine.changeVisibility("q", message!.receiptHandle, 43_200 - 3599)).toThrow(/beyond the limit/);
  });

  it("counts are right the moment a timeout has passed", async () => {
    const { engine, time } = setUp();
    await create(engine, "q", { VisibilityTimeout: "30" });
    await engine.send("q", "x");
    await engine.receive("q", { maxMessages: 1, waitSeconds: 0, signal: never });
    const inFlight = () => engine.attributes("q")["ApproximateNumberOfMessagesNotVisible"];
    expect(inFlight()).toBe("1");
    await time.pass(29.999);
    expect(inFlight()).toBe("1");
    await time.pass(0.001);
    expect(inFlight()).toBe("0");
    expect(engine.attributes("q")["ApproximateNumberOfMessages"]).toBe("1");
  });

  it("a handle still deletes after its timeout, but not after another receive", async () => {
    const { engine, time } = setUp();
    await create(engine, "q", { VisibilityTimeout: "1" });
    await engine.send("q", "x");
    const receive = () => engine.receive("q", { maxMessages: 1, waitSeconds: 0, signal: never });
    const [first] = await receive();
    await time.pass(1);
    const [second] = await receive();
    engine.delete("q", [first!.receiptHandle]);
    expect(engine.attributes("q")["ApproximateNumberOfMessagesNotVisible"]).toBe("1");
    await time.pass(1);
    engine.delete("q", [second!.receiptHandle]);
    expect(engine.attributes("q")["ApproximateNumberOfMessages"]).toBe("0");
  });
});

describe("retention", () => {
  it("hides messages the moment it is over, and takes them off the disk later", async () => {
    const { engine, time } = setUp();
    await create(engine, "q", { MessageRetentionPeriod: "60" });
    await engine.send("q", "old");
    await time.pass(59);
    expect(engine.attributes("q")["ApproximateNumberOfMessages"]).toBe("1");
    await time.pass(1);
    expect(engine.attributes("q")["ApproximateNumberOfMessages"]).toBe("0");
    expect(await engine.receive("q", { maxMessages: 1, waitSeconds: 0, signal: never })).toEqual([]);
    await time.pass(600);
    await askJson(engine, "SetQueueAttributes", {
      QueueUrl: "http://127.0.0.1/000000000000/q",
      Attributes: { MessageRetentionPeriod: "1209600" },
    });
    expect(engine.attributes("q")["ApproximateNumberOfMessages"]).toBe("0");
  });
});

describe("dead letters", () => {
  it("wake a poller of the dead-letter queue, and keep the rest of the batch flowing", async () => {
    const { engine } = setUp();
    await create(engine, "dead");
    const deadLetterTargetArn = "arn:aws:sqs:us-east-1:000000000000:dead";
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: "1" });
    await create(engine, "q", { VisibilityTimeout: "0", RedrivePolicy });
    const dead = engine.receive("dead", { maxMessages: 10, waitSeconds: 20, signal: never });
    const poison = await engine.send("q", "poison");
    await engine.receive("q", { maxMessages: 1, waitSeconds: 0, signal: never });
    await engine.send("q", "good");
    const rest = await engine.receive("q", { maxMessages: 10, waitSeconds: 0, signal: never });
    expect(rest.map(({ body }) => body)).toEqual(["good"]);
    expect((await dead).map(({ messageId }) => messageId)).toEqual([poison]);
  });

  it("stay deliverable while the dead-letter queue is gone", async () => {
    const { engine } = setUp();
    await create(engine, "dead");
    const deadLetterTargetArn = "arn:aws:sqs:us-east-1:000000000000:dead";
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    await create(engine, "q", { VisibilityTimeout: "0", RedrivePolicy });
    await askJson(engine, "DeleteQueue", { QueueUrl: "http://127.0.0.1/000000000000/dead" });
    await engine.send("q", "x");
    for (let receive = 0; receive < 3; receive++) {
      expect(await engine.receive("q", { maxMessages: 1, waitSeconds: 0, signal: never })).toHaveLength(1);
    }
  });
});

describe("a minute of rest", () => {
  it("a deleted name is free again after sixty seconds, a queue may be purged again after as long", async () => {
    const { engine, time, QueueUrl } = setUp();
    await create(engine);
    await askJson(engine, "PurgeQueue", { QueueUrl });
    await time.pass(59);
    expect(await askJson(engine, "PurgeQueue", { QueueUrl })).toMatchObject({ status: 403 });
    await time.pass(1);
    expect(await askJson(engine, "PurgeQueue", { QueueUrl })).toMatchObject({ status: 200 });
    await askJson(engine, "DeleteQueue", { QueueUrl });
    await time.pass(59);
    expect(await askJson(engine, "CreateQueue", { QueueName: "q" })).toMatchObject({ status: 400 });
    await time.pass(1);
    expect(await askJson(engine, "CreateQueue", { QueueName: "q" })).toMatchObject({ status: 200 });
  });
});

describe("what is kept", () => {
  it("queues, messages and receive counts survive a restart", async () => {
    const { engine, context, time } = setUp();
    await create(engine, "q", { VisibilityTimeout: "5" });
    await engine.send("q", "kept");
    await engine.receive("q", { maxMessages: 1, waitSeconds: 0, signal: never });
    await engine.close();
    const restarted = createSqsEngine(context, time.schedule);
    onTestFinished(() => restarted.close());
    expect(restarted.attributes("q")).toMatchObject({
      VisibilityTimeout: "5",
      ApproximateNumberOfMessagesNotVisible: "1",
    });
    await time.pass(5);
    const [message] = await restarted.receive("q", { maxMessages: 1, waitSeconds: 0, signal: never });
    expect(message).toMatchObject({ body: "kept", attributes: { ApproximateReceiveCount: "2" } });
  });

  it("only the owner may read the file", async () => {
    const { engine, context } = setUp();
    await create(engine);
    for (const file of ["queues.sqlite", "queues.sqlite-wal", "queues.sqlite-shm"]) {
      expect(statSync(join(context.folder, file)).mode & 0o777).toBe(0o600);
    }
  });
});
