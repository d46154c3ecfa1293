// What a client of SQS may rely on, asked through the real SDK client. Times are real but short, waited for by long poll.
import * as sqs from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { type Differences, guarantees } from "../guarantees.ts";

/** An implementation to ask. */
export interface SqsUnderTest {
  readonly client: sqs.SQSClient;
  close(): Promise<void>;
}

/** Declares the suite. Queue names are fresh each time, so an implementation may be asked twice. */
export function sqsContract(
  title: string,
  connect: () => Promise<SqsUnderTest>,
  differences: Differences = {},
  undecided: Differences = {},
): void {
  describe(title, () => {
    const guarantee = guarantees(differences, undecided);
    let under: SqsUnderTest;
    let client: sqs.SQSClient;
    let created = 0;
    const run = process.hrtime.bigint().toString(36);
    beforeAll(async () => {
      under = await connect();
      client = under.client;
    });
    afterAll(() => under?.close());

    const freshName = () => `contract-${run}-${++created}`;
    const freshQueue = async (Attributes: Record<string, string> = {}) => {
      const { QueueUrl } = await client.send(new sqs.CreateQueueCommand({ QueueName: freshName(), Attributes }));
      return QueueUrl!;
    };
    const send = (QueueUrl: string, MessageBody: string, more: Partial<sqs.SendMessageCommandInput> = {}) =>
      client.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody, ...more }));
    const receive = async (QueueUrl: string, more: Partial<sqs.ReceiveMessageCommandInput> = {}) => {
      const command = new sqs.ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ["All"], ...more });
      return (await client.send(command)).Messages ?? [];
    };
    const counts = async (QueueUrl: string) => {
      const AttributeNames: sqs.QueueAttributeName[] = ["All"];
      const { Attributes: all } = await client.send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
      return [
        all?.ApproximateNumberOfMessages,
        all?.ApproximateNumberOfMessagesNotVisible,
        all?.ApproximateNumberOfMessagesDelayed,
      ].map(Number);
    };
    const arnOf = async (QueueUrl: string) => {
      const command = new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
      return (await client.send(command)).Attributes!["QueueArn"]!;
    };

    guarantee("creating a queue again with equal attributes gives the same URL", async () => {
      const QueueName = freshName();
      const Attributes = { VisibilityTimeout: "45" };
      const first = await client.send(new sqs.CreateQueueCommand({ QueueName, Attributes }));
      const second = await client.send(new sqs.CreateQueueCommand({ QueueName, Attributes }));
      expect(second.QueueUrl).toBe(first.QueueUrl);
      expect(first.QueueUrl).toMatch(new RegExp(`/\\d{12}/${QueueName}$`));
      expect((await client.send(new sqs.GetQueueUrlCommand({ QueueName }))).QueueUrl).toBe(first.QueueUrl);
    });

    guarantee("creating a queue again with other attributes is refused", async () => {
      const QueueName = freshName();
      await client.send(new sqs.CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout: "45" } }));
      const again = client.send(new sqs.CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout: "46" } }));
      await expect(again).rejects.toMatchObject({ name: "QueueNameExists" });
    });

    guarantee("a queue name outside the rules is refused", async () => {
      for (const QueueName of ["with space", "dot.ted", "x".repeat(81)]) {
        const creation = client.send(new sqs.CreateQueueCommand({ QueueName }));
        await expect(creation).rejects.toMatchObject({ Code: "InvalidParameterValue" });
      }
    });

    guarantee("a missing queue is answered with both names of the error", async () => {
      const missing = client.send(new sqs.GetQueueUrlCommand({ QueueName: freshName() }));
      await expect(missing).rejects.toMatchObject({
        name: "QueueDoesNotExist",
        Code: "AWS.SimpleQueueService.NonExistentQueue",
      });
    });

    guarantee("a deleted queue is gone, its messages with it", async () => {
      const QueueUrl = await freshQueue();
      await send(QueueUrl, "lost");
      await client.send(new sqs.DeleteQueueCommand({ QueueUrl }));
      await expect(receive(QueueUrl)).rejects.toMatchObject({ name: "QueueDoesNotExist" });
    });

    guarantee("a name may not be used again within a minute of its deletion", async () => {
      const QueueName = freshName();
      const { QueueUrl } = await client.send(new sqs.CreateQueueCommand({ QueueName }));
      await client.send(new sqs.DeleteQueueCommand({ QueueUrl }));
      const again = client.send(new sqs.CreateQueueCommand({ QueueName }));
      await expect(again).rejects.toMatchObject({ name: "QueueDeletedRecently" });
    });

    guarantee("queues are listed by prefix, page by page", async () => {
      const prefix = `${freshName()}-listed-`;
      for (const end of ["a", "b", "c"]) {
        await client.send(new sqs.CreateQueueCommand({ QueueName: `${prefix}${end}` }));
      }
      const found: string[] = [];
      for await (const page of sqs.paginateListQueues({ client, pageSize: 2 }, { QueueNamePrefix: prefix })) {
        expect(page.QueueUrls!.length).toBeLessThanOrEqual(2);
        found.push(...page.QueueUrls!.map((url) => url.split("/").at(-1)!));
      }
      expect(found).toEqual([`${prefix}a`, `${prefix}b`, `${prefix}c`]);
    });

    guarantee("attributes are read back, all or by name, with defaults and timestamps", async () => {
      const QueueUrl = await freshQueue({ VisibilityTimeout: "7" });
      await client.send(new sqs.SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: "3" } }));
      const all = await client.send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
      expect(all.Attributes).toMatchObject({
        VisibilityTimeout: "7",
        DelaySeconds: "3",
        MessageRetentionPeriod: "345600",
        ReceiveMessageWaitTimeSeconds: "0",
      });
      expect(all.Attributes!["QueueArn"]).toMatch(/^arn:aws:sqs:us-east-1:\d{12}:/);
      expect(Number(all.Attributes!["CreatedTimestamp"])).toBeGreaterThan(1_700_000_000);
      const one = new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] });
      expect((await client.send(one)).Attributes).toEqual({ VisibilityTimeout: "7" });
    });

    guarantee("attributes out of bounds are refused", async () => {
      const QueueUrl = await freshQueue();
      for (const [name, value] of [
        ["DelaySeconds", "901"],
        ["VisibilityTimeout", "43201"],
        ["ReceiveMessageWaitTimeSeconds", "21"],
        ["MessageRetentionPeriod", "59"],
        ["MaximumMessageSize", "1023"],
      ] as const) {
        const change = client.send(new sqs.SetQueueAttributesCommand({ QueueUrl, Attributes: { [name]: value } }));
        await expect(change).rejects.toMatchObject({ name: "InvalidAttributeValue" });
      }
    });

    guarantee("an attribute nobody knows is refused", async () => {
      const QueueUrl = await freshQueue();
      const AttributeNames = ["Colour"] as unknown as sqs.QueueAttributeName[];
      const read = client.send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
      await expect(read).rejects.toMatchObject({ name: "InvalidAttributeName" });
    });

    guarantee("a message comes back as it was sent, with its digests and attributes", async () => {
      const QueueUrl = await freshQueue();
      const MessageAttributes = {
        "trace.id": { DataType: "String", StringValue: "äöü ✓" },
        attempt: { DataType: "Number", StringValue: "3" },
        blob: { DataType: "Binary.gzip", BinaryValue: Buffer.from([0, 1, 254, 255]) },
      };
      const sent = await send(QueueUrl, "grüße\n✓", { MessageAttributes });
      expect(sent.MD5OfMessageBody).toBe("a7f7d95e4cb30c1696518d0f6e1795c5");
      expect(sent.MD5OfMessageAttributes).toBe("898a2394ae34de0ef2ecb4b97f56f77e");
      const [message] = await receive(QueueUrl, { MessageAttributeNames: ["All"] });
      expect(message).toMatchObject({
        MessageId: sent.MessageId,
        Body: "grüße\n✓",
        MD5OfBody: sent.MD5OfMessageBody,
        MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      });
      expect(message!.MessageAttributes!["trace.id"]!.StringValue).toBe("äöü ✓");
      expect([...message!.MessageAttributes!["blob"]!.BinaryValue!]).toEqual([0, 1, 254, 255]);
      expect(message!.Attributes!["ApproximateReceiveCount"]).toBe("1");
      expect(Number(message!.Attributes!["SentTimestamp"])).toBeGreaterThan(1_700_000_000_000);
    });

    guarantee("a receive gives only the attributes it asked for", async () => {
      const QueueUrl = await freshQueue({ VisibilityTimeout: "0" });
      const text = { DataType: "String", StringValue: "x" };
      await send(QueueUrl, "m", { MessageAttributes: { "a.one": text, "a.two": text, b: text } });
      const names = async (MessageAttributeNames: string[]) => {
        const [message] = await receive(QueueUrl, { MessageAttributeNames });
        return Object.keys(message!.MessageAttributes ?? {}).sort();
      };
      expect(await names([])).toEqual([]);
      expect(await names(["b"])).toEqual(["b"]);
      expect(await names(["a.*"])).toEqual(["a.one", "a.two"]);
    });

    guarantee("a received message is hidden, and back after its visibility timeout", async () => {
      const QueueUrl = await freshQueue();
      await send(QueueUrl, "again");
      const [first] = await receive(QueueUrl, { VisibilityTimeout: 1 });
      expect(await receive(QueueUrl)).toEqual([]);
      const [second] = await receive(QueueUrl, { WaitTimeSeconds: 5 });
      expect(second!.MessageId).toBe(first!.MessageId);
      expect(second!.Attributes!["ApproximateReceiveCount"]).toBe("2");
      expect(second!.ReceiptHandle).not.toBe(first!.ReceiptHandle);
    });

    guarantee("a deleted message does not come back", async () => {
      const QueueUrl = await freshQueue();
      await send(QueueUrl, "once");
      const [message] = await receive(QueueUrl, { VisibilityTimeout: 1 });
      await client.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: message!.ReceiptHandle }));
      expect(await receive(QueueUrl, { WaitTimeSeconds: 2 })).toEqual([]);
      expect(await counts(QueueUrl)).toEqual([0, 0, 0]);
    });

    guarantee("a visibility timeout of zero gives a message back at once", async () => {
      const QueueUrl = await freshQueue();
      await send(QueueUrl, "back");
      const [message] = await receive(QueueUrl);
      const { ReceiptHandle } = message!;
      await client.send(new sqs.ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
      expect(await receive(QueueUrl)).toHaveLength(1);
    });

    guarantee("the visibility of a message that is not in flight cannot be changed", async () => {
      const QueueUrl = await freshQueue();
      await send(QueueUrl, "free");
      const [message] = await receive(QueueUrl, { VisibilityTimeout: 0 });
      const { ReceiptHandle } = message!;
      const change = new sqs.ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 9 });
      await expect(client.send(change)).rejects.toMatchObject({ name: "MessageNotInflight" });
    });

    guarantee("what is no receipt handle is refused", async () => {
      const QueueUrl = await freshQueue();
      const deletion = client.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: "nonsense" }));
      await expect(deletion).rejects.toMatchObject({ name: "ReceiptHandleIsInvalid" });
    });

    guarantee("counts say what is visible, in flight and delayed", async () => {
      const QueueUrl = await freshQueue();
      await send(QueueUrl, "one");
      await send(QueueUrl, "two");
      await send(QueueUrl, "later", { DelaySeconds: 60 });
      await receive(QueueUrl, { VisibilityTimeout: 60 });
      expect(await counts(QueueUrl)).toEqual([1, 1, 1]);
    });

    guarantee("a delayed message arrives when its delay is over", async () => {
      const QueueUrl = await freshQueue();
      await send(QueueUrl, "slow", { DelaySeconds: 1 });
      expect(await receive(QueueUrl)).toEqual([]);
      expect(await receive(QueueUrl, { WaitTimeSeconds: 5 })).toHaveLength(1);
    });

    guarantee("a long poll ends as soon as a message is sent", async () => {
      const QueueUrl = await freshQueue();
      const begun = performance.now();
      const waiting = receive(QueueUrl, { WaitTimeSeconds: 10 });
      await send(QueueUrl, "now");
      expect(await waiting).toHaveLength(1);
      expect(performance.now() - begun).toBeLessThan(4000);
    });

    guarantee("a client that hung up takes no message with it", async () => {
      const QueueUrl = await freshQueue();
      const hangUp = new AbortController();
      const command = new sqs.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 });
      const waiting = client.send(command, { abortSignal: hangUp.signal });
      // The answer to this later request shows that the poll has been waiting on the server before it is broken off.
      await receive(await freshQueue(), { WaitTimeSeconds: 1 });
      hangUp.abort();
      await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
      await receive(await freshQueue(), { WaitTimeSeconds: 1 });
      await send(QueueUrl, "kept");
      const [message] = await receive(QueueUrl, { WaitTimeSeconds: 2 });
      expect(message!.Attributes!["ApproximateReceiveCount"]).toBe("1");
    });

    guarantee("a message received too often moves to the dead-letter queue", async () => {
      const deadLetters = await freshQueue();
      const deadLetterTargetArn = await arnOf(deadLetters);
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 });
      const QueueUrl = await freshQueue({ RedrivePolicy, VisibilityTimeout: "0" });
      const sent = await send(QueueUrl, "poison");
      expect(await receive(QueueUrl)).toHaveLength(1);
      expect(await receive(QueueUrl)).toHaveLength(1);
      expect(await receive(QueueUrl)).toEqual([]);
      const [dead] = await receive(deadLetters, { WaitTimeSeconds: 2 });
      expect(dead).toMatchObject({ MessageId: sent.MessageId, Body: "poison" });
    });

    guarantee("a dead letter names the queue it came from", async () => {
      const deadLetters = await freshQueue();
      const deadLetterTargetArn = await arnOf(deadLetters);
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
      const QueueUrl = await freshQueue({ RedrivePolicy, VisibilityTimeout: "0" });
      await send(QueueUrl, "poison");
      await receive(QueueUrl);
      await receive(QueueUrl);
      const [dead] = await receive(deadLetters, { WaitTimeSeconds: 2 });
      expect(dead!.Attributes!["DeadLetterQueueSourceArn"]).toBe(await arnOf(QueueUrl));
    });

    guarantee("a redrive policy to a queue that does not exist is refused", async () => {
      const deadLetterTargetArn = `${await arnOf(await freshQueue())}-missing`;
      const creation = freshQueue({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }) });
      await expect(creation).rejects.toMatchObject({ Code: "InvalidParameterValue" });
    });

    guarantee("a batch has one outcome for each entry", async () => {
      const QueueUrl = await freshQueue();
      const Entries = [
        { Id: "good", MessageBody: "g" },
        { Id: "bad", MessageBody: "b", DelaySeconds: 901 },
      ];
      const sent = await client.send(new sqs.SendMessageBatchCommand({ QueueUrl, Entries }));
      expect(sent.Successful!.map((entry) => entry.Id)).toEqual(["good"]);
      expect(sent.Failed).toMatchObject([{ Id: "bad", Code: "InvalidParameterValue", SenderFault: true }]);
    });

    guarantee("batches delete and change visibility", async () => {
      const QueueUrl = await freshQueue();
      const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: `m${index}`, MessageBody: `body ${index}` }));
      await client.send(new sqs.SendMessageBatchCommand({ QueueUrl, Entries }));
      const messages = await receive(QueueUrl, { MaxNumberOfMessages: 10 });
      expect(messages).toHaveLength(10);
      const handles = messages.map(({ ReceiptHandle }, index) => ({ Id: `h${index}`, ReceiptHandle }));
      const changes = handles.slice(0, 4).map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
      await client.send(new sqs.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: changes }));
      const deletion = new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries: handles.slice(4) });
      expect((await client.send(deletion)).Successful).toHaveLength(6);
      expect(await counts(QueueUrl)).toEqual([4, 0, 0]);
    });

    guarantee("a malformed batch is refused whole", async () => {
      const QueueUrl = await freshQueue();
      const entry = (Id: string) => ({ Id, MessageBody: "x" });
      for (const [Entries, name] of [
        [[], "EmptyBatchRequest"],
        [[entry("a"), entry("a")], "BatchEntryIdsNotDistinct"],
        [Array.from({ length: 11 }, (_, index) => entry(`e${index}`)), "TooManyEntriesInBatchRequest"],
        [[entry("not ok")], "InvalidBatchEntryId"],
      ] as const) {
        const sending = client.send(new sqs.SendMessageBatchCommand({ QueueUrl, Entries: [...Entries] }));
        await expect(sending).rejects.toMatchObject({ name });
      }
      expect(await counts(QueueUrl)).toEqual([0, 0, 0]);
    });

    guarantee("a message above the queue's size limit is refused, one of exactly the limit is not", async () => {
      const QueueUrl = await freshQueue({ MaximumMessageSize: "2048" });
      await send(QueueUrl, "x".repeat(2048));
      await expect(send(QueueUrl, "x".repeat(2049))).rejects.toMatchObject({ Code: "InvalidParameterValue" });
    });

    guarantee("a batch above the size limit is refused", async () => {
      const QueueUrl = await freshQueue({ MaximumMessageSize: "262144" });
      const Entries = ["a", "b"].map((Id) => ({ Id, MessageBody: Id.repeat(200_000) }));
      const sending = client.send(new sqs.SendMessageBatchCommand({ QueueUrl, Entries }));
      await expect(sending).rejects.toMatchObject({ name: "BatchRequestTooLong" });
    });

    guarantee("a body with characters that XML does not know is refused", async () => {
      const QueueUrl = await freshQueue();
      await expect(send(QueueUrl, "bell \u0007")).rejects.toMatchObject({ name: "InvalidMessageContents" });
    });

    guarantee("receive options out of bounds are refused", async () => {
      const QueueUrl = await freshQueue();
      for (const options of [{ MaxNumberOfMessages: 11 }, { WaitTimeSeconds: 21 }, { VisibilityTimeout: 43_201 }]) {
        await expect(receive(QueueUrl, options)).rejects.toMatchObject({ Code: "InvalidParameterValue" });
      }
    });

    guarantee("a purge empties the queue", async () => {
      const QueueUrl = await freshQueue();
      await send(QueueUrl, "one");
      await client.send(new sqs.PurgeQueueCommand({ QueueUrl }));
      expect(await counts(QueueUrl)).toEqual([0, 0, 0]);
    });

    guarantee("a second purge within a minute is refused", async () => {
      const QueueUrl = await freshQueue();
      await client.send(new sqs.PurgeQueueCommand({ QueueUrl }));
      const again = client.send(new sqs.PurgeQueueCommand({ QueueUrl }));
      await expect(again).rejects.toMatchObject({ name: "PurgeQueueInProgress" });
    });

    guarantee("tags are set, read and taken away", async () => {
      const QueueUrl = await freshQueue();
      await client.send(new sqs.TagQueueCommand({ QueueUrl, Tags: { owner: "data", stage: "test" } }));
      await client.send(new sqs.UntagQueueCommand({ QueueUrl, TagKeys: ["stage"] }));
      expect((await client.send(new sqs.ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ owner: "data" });
    });

    guarantee("first-in-first-out queues are refused as unsupported", async () => {
      const QueueName = `${freshName()}.fifo`;
      const creation = client.send(new sqs.CreateQueueCommand({ QueueName, Attributes: { FifoQueue: "true" } }));
      await expect(creation).rejects.toMatchObject({ name: "UnsupportedOperation" });
    });

    guarantee("an operation outside the subset is refused by name", async () => {
      const SourceArn = await arnOf(await freshQueue());
      const move = client.send(new sqs.StartMessageMoveTaskCommand({ SourceArn }));
      await expect(move).rejects.toMatchObject({ name: "UnknownOperationException" });
    });

    guarantee("every listed difference names a guarantee of this suite", async () => {
      expect(guarantee.unused()).toEqual([]);
    });
  });
}
