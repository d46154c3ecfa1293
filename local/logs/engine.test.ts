import { describe, expect, it, onTestFinished } from "vitest";
import { openForTest } from "../sqs/testing/open-for-test.ts";
import { askJson } from "../sqs/testing/small-engine.ts";
import { createLogsEngine } from "./engine.ts";

async function setUp() {
  const { time, context, engine } = openForTest(createLogsEngine);
  const logGroupName = "g";
  const logStreamName = "s";
  await askJson(engine, "CreateLogGroup", { logGroupName });
  await askJson(engine, "CreateLogStream", { logGroupName, logStreamName });
  const put = (...messages: string[]) => {
    const logEvents = messages.map((message) => ({ timestamp: time.now(), message }));
    return askJson(engine, "PutLogEvents", { logGroupName, logStreamName, logEvents });
  };
  return { time, context, engine, put, logGroupName, logStreamName };
}

describe("retention", () => {
  it("takes events off the disk although nobody writes to the group any more", async () => {
    const { engine, time, put, logGroupName } = await setUp();
    await put("old");
    await askJson(engine, "PutRetentionPolicy", { logGroupName, retentionInDays: 1 });
    const storedBytes = async () => (await askJson(engine, "DescribeLogGroups", {})).logGroups[0].storedBytes;
    expect(await storedBytes()).toBe(3);
    await time.pass(86_400 + 3600);
    expect(await storedBytes()).toBe(0);
  });
});

describe("events", () => {
  it("survive a restart, in the order they came", async () => {
    const { engine, context, time, put, logGroupName } = await setUp();
    await put("one", "two");
    await put("three");
    await engine.close();
    const restarted = createLogsEngine(context, time.schedule);
    onTestFinished(() => restarted.close());
    const { events } = await askJson(restarted, "FilterLogEvents", { logGroupName });
    expect(events.map((event: { message: string }) => event.message)).toEqual(["one", "two", "three"]);
  });

  it("of a stream that was deleted are gone, also when the stream is made again", async () => {
    const { engine, put, logGroupName, logStreamName } = await setUp();
    await put("gone");
    await askJson(engine, "DeleteLogStream", { logGroupName, logStreamName });
    await askJson(engine, "CreateLogStream", { logGroupName, logStreamName });
    expect((await askJson(engine, "FilterLogEvents", { logGroupName })).events).toEqual([]);
  });

  it("an empty stream's tail token finds what is written later", async () => {
    const { engine, put, logGroupName, logStreamName } = await setUp();
    const empty = await askJson(engine, "GetLogEvents", { logGroupName, logStreamName });
    await put("later");
    const nextToken = empty.nextForwardToken;
    const { events } = await askJson(engine, "GetLogEvents", { logGroupName, logStreamName, nextToken });
    expect(events).toHaveLength(1);
  });

  it("at the end of a stream the backward token reads the last event again", async () => {
    const { engine, put, logGroupName, logStreamName } = await setUp();
    await put("one", "two");
    const get = (more: object) => askJson(engine, "GetLogEvents", { logGroupName, logStreamName, ...more });
    const all = await get({ startFromHead: true });
    const end = await get({ nextToken: all.nextForwardToken });
    const back = await get({ nextToken: end.nextBackwardToken });
    expect(back.events.map((event: { message: string }) => event.message)).toEqual(["one", "two"]);
  });

  it("come in answers of a megabyte at most, none left out", async () => {
    const { engine, time, logGroupName, logStreamName } = await setUp();
    for (let batch = 0; batch < 3; batch++) {
      const logEvents = Array.from({ length: 4 }, () => ({ timestamp: time.now(), message: "x".repeat(200_000) }));
      await askJson(engine, "PutLogEvents", { logGroupName, logStreamName, logEvents });
    }
    const sizes: number[] = [];
    for (let nextToken: string | undefined; sizes.length < 10; ) {
      const page = await askJson(engine, "FilterLogEvents", { logGroupName, ...(nextToken ? { nextToken } : {}) });
      sizes.push(page.events.length);
      nextToken = page.nextToken;
      if (!nextToken) break;
    }
    expect(sizes).toEqual([5, 5, 2]);
  });
});

describe("groups", () => {
  it("are named by ARN as well, in both of its forms", async () => {
    const { engine, put } = await setUp();
    await put("x");
    for (const logGroupIdentifier of [
      "g",
      "arn:aws:logs:us-east-1:000000000000:log-group:g",
      "arn:aws:logs:us-east-1:000000000000:log-group:g:*",
    ]) {
      expect((await askJson(engine, "FilterLogEvents", { logGroupIdentifier })).events).toHaveLength(1);
    }
    const both = await askJson(engine, "FilterLogEvents", { logGroupIdentifier: "g", logGroupName: "g" });
    expect(both.__type).toBe("InvalidParameterException");
  });
});
