// What a client of CloudWatch Logs may rely on, asked through the real SDK client.
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** An implementation to ask. */
export interface LogsUnderTest {
  readonly client: logs.CloudWatchLogsClient;
  close(): Promise<void>;
}

/** Declares the suite. Group names are fresh each time. */
export function logsContract(title: string, connect: () => Promise<LogsUnderTest>): void {
  describe(title, () => {
    let under: LogsUnderTest;
    let client: logs.CloudWatchLogsClient;
    let created = 0;
    const start = Date.now() - 60_000;
    beforeAll(async () => {
      under = await connect();
      client = under.client;
    });
    afterAll(() => under?.close());

    const freshGroup = async (...streams: string[]) => {
      const logGroupName = `airflow/contract-${++created}`;
      await client.send(new logs.CreateLogGroupCommand({ logGroupName }));
      for (const logStreamName of streams) {
        await client.send(new logs.CreateLogStreamCommand({ logGroupName, logStreamName }));
      }
      return logGroupName;
    };
    const put = (logGroupName: string, logStreamName: string, ...messages: [offset: number, message: string][]) => {
      const logEvents = messages.map(([offset, message]) => ({ timestamp: start + offset, message }));
      return client.send(new logs.PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    };
    const filter = async (logGroupName: string, more: Partial<logs.FilterLogEventsCommandInput> = {}) => {
      const messages: string[] = [];
      for await (const page of logs.paginateFilterLogEvents({ client }, { logGroupName, ...more })) {
        messages.push(...page.events!.map((event) => event.message!));
      }
      return messages;
    };

    it("groups are created once, described by prefix, and deleted with all they hold", async () => {
      const logGroupName = await freshGroup("s");
      await put(logGroupName, "s", [0, "x"]);
      const again = client.send(new logs.CreateLogGroupCommand({ logGroupName }));
      await expect(again).rejects.toMatchObject({ name: "ResourceAlreadyExistsException" });
      const describe = new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName });
      const [group] = (await client.send(describe)).logGroups!;
      expect(group).toMatchObject({ logGroupName, storedBytes: 1 });
      expect(group!.arn).toMatch(new RegExp(`^arn:aws:logs:us-east-1:\\d{12}:log-group:${logGroupName}:\\*$`));
      await client.send(new logs.DeleteLogGroupCommand({ logGroupName }));
      await expect(filter(logGroupName)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    });

    it("groups are described page by page", async () => {
      const prefix = `airflow/paged-${++created}-`;
      for (const end of ["a", "b", "c"]) {
        await client.send(new logs.CreateLogGroupCommand({ logGroupName: prefix + end }));
      }
      const names: string[] = [];
      for await (const page of logs.paginateDescribeLogGroups(
        { client, pageSize: 2 },
        { logGroupNamePrefix: prefix },
      )) {
        expect(page.logGroups!.length).toBeLessThanOrEqual(2);
        names.push(...page.logGroups!.map((group) => group.logGroupName!));
      }
      expect(names).toEqual([`${prefix}a`, `${prefix}b`, `${prefix}c`]);
    });

    it("groups are described by name and by ARN, and by no class that none of them is of", async () => {
      const [one, two] = [await freshGroup(), await freshGroup()];
      const describe = async (more: logs.DescribeLogGroupsCommandInput) =>
        (await client.send(new logs.DescribeLogGroupsCommand(more))).logGroups!;
      const [{ logGroupArn }] = (await describe({ logGroupNamePrefix: two })) as [logs.LogGroup];
      const found = await describe({ logGroupIdentifiers: [one, logGroupArn!, "never-there"] });
      expect(found.map(({ logGroupName }) => logGroupName).sort()).toEqual([one, two].sort());
      expect(await describe({ logGroupNamePrefix: one, logGroupClass: "INFREQUENT_ACCESS" })).toEqual([]);
    });

    it("a name outside the rules is refused", async () => {
      const group = client.send(new logs.CreateLogGroupCommand({ logGroupName: "with space" }));
      await expect(group).rejects.toMatchObject({ name: "InvalidParameterException" });
      const logGroupName = await freshGroup();
      const stream = client.send(new logs.CreateLogStreamCommand({ logGroupName, logStreamName: "a:b" }));
      await expect(stream).rejects.toMatchObject({ name: "InvalidParameterException" });
    });

    it("streams are described by prefix and by their last event, and deleted", async () => {
      const logGroupName = await freshGroup("web", "worker-1", "worker-2");
      await put(logGroupName, "worker-2", [1, "x"]);
      await put(logGroupName, "web", [5, "x"]);
      const names = async (more: Partial<logs.DescribeLogStreamsCommandInput>) => {
        const { logStreams } = await client.send(new logs.DescribeLogStreamsCommand({ logGroupName, ...more }));
        return logStreams!.map((stream) => stream.logStreamName);
      };
      expect(await names({ logStreamNamePrefix: "worker" })).toEqual(["worker-1", "worker-2"]);
      expect(await names({ orderBy: "LastEventTime", descending: true })).toEqual(["web", "worker-2", "worker-1"]);
      await client.send(new logs.DeleteLogStreamCommand({ logGroupName, logStreamName: "web" }));
      expect(await names({})).toEqual(["worker-1", "worker-2"]);
      expect(await filter(logGroupName)).toEqual(["x"]);
    });

    it("events go to streams that exist only", async () => {
      const logGroupName = await freshGroup();
      await expect(put(logGroupName, "none", [0, "x"])).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    });

    it("a stream is read from its head to an end that says so by an unchanged token", async () => {
      const logGroupName = await freshGroup("s");
      await put(logGroupName, "s", [0, "one"], [1, "two"], [1, "three ✓"]);
      const read = async (nextToken?: string) => {
        const input = {
          logGroupName,
          logStreamName: "s",
          startFromHead: true,
          limit: 2,
          ...(nextToken ? { nextToken } : {}),
        };
        const page = await client.send(new logs.GetLogEventsCommand(input));
        return { messages: page.events!.map((event) => event.message), next: page.nextForwardToken!, page };
      };
      const first = await read();
      expect(first.messages).toEqual(["one", "two"]);
      const second = await read(first.next);
      expect(second.messages).toEqual(["three ✓"]);
      const third = await read(second.next);
      expect([third.messages, third.next]).toEqual([[], second.next]);
      await put(logGroupName, "s", [9, "four"]);
      expect((await read(third.next)).messages).toEqual(["four"]);
    });

    it("a stream is read backwards from its tail", async () => {
      const logGroupName = await freshGroup("s");
      await put(logGroupName, "s", [0, "one"], [1, "two"], [2, "three"]);
      const input = { logGroupName, logStreamName: "s", limit: 2 };
      const tail = await client.send(new logs.GetLogEventsCommand(input));
      expect(tail.events!.map((event) => event.message)).toEqual(["two", "three"]);
      const nextToken = tail.nextBackwardToken;
      const head = await client.send(new logs.GetLogEventsCommand({ ...input, nextToken }));
      expect(head.events!.map((event) => event.message)).toEqual(["one"]);
    });

    it("a filter reads all streams in order of time, within a range", async () => {
      const logGroupName = await freshGroup("a", "b");
      await put(logGroupName, "a", [0, "a0"], [20, "a20"]);
      await put(logGroupName, "b", [10, "b10"], [30, "b30"]);
      expect(await filter(logGroupName)).toEqual(["a0", "b10", "a20", "b30"]);
      expect(await filter(logGroupName, { startTime: start + 10, endTime: start + 20 })).toEqual(["b10", "a20"]);
      expect(await filter(logGroupName, { logStreamNames: ["b"] })).toEqual(["b10", "b30"]);
      expect(await filter(logGroupName, { logStreamNamePrefix: "a" })).toEqual(["a0", "a20"]);
      expect(await filter(logGroupName, { limit: 1 })).toEqual(["a0", "b10", "a20", "b30"]);
    });

    it("a reader that follows asks again from its newest event on, and knows by their ids what it has", async () => {
      const logGroupName = await freshGroup("a", "b");
      const tail = async (startTime: number) => {
        const command = new logs.FilterLogEventsCommand({ logGroupName, startTime, interleaved: true });
        return (await client.send(command)).events!;
      };
      await put(logGroupName, "a", [0, "one"], [5, "two"]);
      const first = await tail(start);
      await put(logGroupName, "b", [5, "three"], [9, "four"]);
      const known = new Set(first.map(({ eventId }) => eventId));
      const next = (await tail(first.at(-1)!.timestamp!)).filter(({ eventId }) => !known.has(eventId));
      expect([...first, ...next].map(({ message }) => message)).toEqual(["one", "two", "three", "four"]);
    });

    it("a filter pattern selects by terms, phrases, alternatives and exclusions", async () => {
      const logGroupName = await freshGroup("s");
      const messages = ["ERROR task failed", "ERROR heartbeat lost", "INFO task done", "WARN disk"];
      await put(logGroupName, "s", ...messages.map((message, index): [number, string] => [index, message]));
      const found = (filterPattern: string) => filter(logGroupName, { filterPattern });
      expect(await found("ERROR")).toEqual(messages.slice(0, 2));
      expect(await found("ERROR task")).toEqual(["ERROR task failed"]);
      expect(await found('"task done"')).toEqual(["INFO task done"]);
      expect(await found("?WARN ?INFO")).toEqual(["INFO task done", "WARN disk"]);
      expect(await found("ERROR -heartbeat")).toEqual(["ERROR task failed"]);
      expect(await found("error")).toEqual([]);
      await expect(found("{ $.level = 1 }")).rejects.toMatchObject({ name: "InvalidParameterException" });
    });

    it("events out of order, or spanning more than a day, are refused", async () => {
      const logGroupName = await freshGroup("s");
      const outOfOrder = put(logGroupName, "s", [1, "x"], [0, "y"]);
      await expect(outOfOrder).rejects.toMatchObject({ name: "InvalidParameterException" });
      const tooLong = put(logGroupName, "s", [-86_400_001, "x"], [0, "y"]);
      await expect(tooLong).rejects.toMatchObject({ name: "InvalidParameterException" });
    });

    it("events too new, too old or expired are left out, and the answer says which", async () => {
      const logGroupName = await freshGroup("s");
      const day = 86_400_000;
      const tooNew = await put(logGroupName, "s", [0, "now"], [3 * 3_600_000, "tomorrow"]);
      expect(tooNew.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
      const tooOld = await put(logGroupName, "s", [-15 * day, "long ago"]);
      expect(tooOld.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
      await client.send(new logs.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
      const expired = await put(logGroupName, "s", [-2 * day, "yesterday"]);
      expect(expired.rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 1 });
      expect(await filter(logGroupName)).toEqual(["now"]);
    });

    it("retention hides what it no longer covers, and can be taken away", async () => {
      const logGroupName = await freshGroup("s");
      await put(logGroupName, "s", [-2 * 86_400_000, "old"]);
      await put(logGroupName, "s", [0, "new"]);
      await client.send(new logs.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
      expect(await filter(logGroupName)).toEqual(["new"]);
      const odd = client.send(new logs.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 2 }));
      await expect(odd).rejects.toMatchObject({ name: "InvalidParameterException" });
      await client.send(new logs.DeleteRetentionPolicyCommand({ logGroupName }));
      const describe = new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName });
      expect((await client.send(describe)).logGroups![0]!.retentionInDays).toBeUndefined();
    });

    it("a batch of more than a megabyte is refused, one below it is kept", async () => {
      const logGroupName = await freshGroup("s");
      const line = "x".repeat(200_000);
      await put(logGroupName, "s", ...Array.from({ length: 5 }, (_, index): [number, string] => [index, line]));
      const large = put(logGroupName, "s", ...Array.from({ length: 6 }, (_, index): [number, string] => [index, line]));
      await expect(large).rejects.toMatchObject({ name: "InvalidParameterException" });
      expect(await filter(logGroupName)).toHaveLength(5);
    });

    it("tags are set, read and taken away", async () => {
      const logGroupName = await freshGroup();
      const describe = new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName });
      const resourceArn = (await client.send(describe)).logGroups![0]!.logGroupArn!;
      await client.send(new logs.TagResourceCommand({ resourceArn, tags: { owner: "data", stage: "test" } }));
      await client.send(new logs.UntagResourceCommand({ resourceArn, tagKeys: ["owner"] }));
      const { tags } = await client.send(new logs.ListTagsForResourceCommand({ resourceArn }));
      expect(tags).toEqual({ stage: "test" });
    });

    it("an operation outside the subset is refused by name", async () => {
      const query = client.send(new logs.DescribeQueriesCommand({}));
      await expect(query).rejects.toMatchObject({ name: "UnknownOperationException" });
    });
  });
}
