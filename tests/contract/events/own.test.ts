// What is asked of EventBridge through its API: rules, targets and events of the default bus.
import {
  DeleteRuleCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createEventsEngine } from "../../../local/events/engine.ts";
import { behindFrontDoor } from "../behind-front-door.ts";
import { engineFolder } from "../serve.ts";

let client: EventBridgeClient;
let sent: { queue: string; body: unknown }[];
let cleanUp: () => Promise<void>;

beforeEach(async () => {
  const { context, remove } = await engineFolder();
  sent = [];
  const engine = createEventsEngine({
    ...context,
    sendToQueue: (queue, body) => sent.push({ queue, body: JSON.parse(body) }),
    invoke: async () => ({ payload: null }),
  });
  const door = await behindFrontDoor(engine);
  client = new EventBridgeClient({ ...door.client, maxAttempts: 1 });
  cleanUp = async () => {
    client.destroy();
    await door.close();
    await engine.close();
    await remove();
  };
});
afterEach(() => cleanUp());

const settle = () => new Promise((resolve) => setImmediate(resolve));
const Arn = "arn:aws:sqs:us-east-1:000000000000:q";

test("a rule with a target delivers PutEvents, and can be listed and taken down", async () => {
  const EventPattern = JSON.stringify({ source: ["mine"], detail: { n: [{ numeric: [">", 1] }] } });
  const { RuleArn } = await client.send(new PutRuleCommand({ Name: "r", EventPattern }));
  expect(RuleArn).toBe("arn:aws:events:us-east-1:000000000000:rule/r");
  await client.send(new PutTargetsCommand({ Rule: "r", Targets: [{ Id: "1", Arn, InputPath: "$.detail" }] }));
  const put = await client.send(
    new PutEventsCommand({
      Entries: [
        { Source: "mine", DetailType: "t", Detail: '{"n":2}' },
        { Source: "mine", DetailType: "t", Detail: '{"n":1}' },
        { Source: "mine", DetailType: "t", Detail: "[]" },
        { Source: "aws.s3", DetailType: "t", Detail: "{}" },
      ],
    }),
  );
  expect(put.FailedEntryCount).toBe(2);
  expect(put.Entries?.map((entry) => entry.ErrorCode)).toEqual([
    undefined,
    undefined,
    "MalformedDetail",
    "NotAuthorizedForSourceException",
  ]);
  await settle();
  expect(sent).toEqual([{ queue: "q", body: { n: 2 } }]);
  expect((await client.send(new ListRulesCommand({}))).Rules?.[0]).toMatchObject({ Name: "r", State: "ENABLED" });
  expect((await client.send(new ListTargetsByRuleCommand({ Rule: "r" }))).Targets).toEqual([
    { Id: "1", Arn, InputPath: "$.detail" },
  ]);
  await expect(client.send(new DeleteRuleCommand({ Name: "r" }))).rejects.toThrow(/has targets/);
  await client.send(new RemoveTargetsCommand({ Rule: "r", Ids: ["1"] }));
  await client.send(new DeleteRuleCommand({ Name: "r" }));
  expect((await client.send(new ListRulesCommand({}))).Rules).toEqual([]);
});

test("what is not implemented is refused by the service's own error", async () => {
  await expect(client.send(new ListEventBusesCommand({}))).rejects.toMatchObject({
    name: "UnknownOperationException",
  });
  const scheduled = new PutRuleCommand({ Name: "r", ScheduleExpression: "rate(1 minute)" });
  await expect(client.send(scheduled)).rejects.toMatchObject({ name: "ValidationException" });
  const addresses = new PutRuleCommand({ Name: "r", EventPattern: '{"source":[{"cidr":"10.0.0.0/8"}]}' });
  await expect(client.send(addresses)).rejects.toMatchObject({ name: "InvalidEventPatternException" });
  const otherBus = new PutRuleCommand({ Name: "r", EventPattern: '{"source":["a"]}', EventBusName: "other" });
  await expect(client.send(otherBus)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  const noRule = new PutTargetsCommand({ Rule: "none", Targets: [{ Id: "1", Arn }] });
  await expect(client.send(noRule)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await client.send(new PutRuleCommand({ Name: "r", EventPattern: '{"source":["a"]}' }));
  const Targets = [{ Id: "1", Arn, InputTransformer: { InputTemplate: "x" } }];
  await expect(client.send(new PutTargetsCommand({ Rule: "r", Targets }))).rejects.toThrow(/InputTransformer/);
  const topic = [{ Id: "1", Arn: "arn:aws:sns:us-east-1:000000000000:t" }];
  await expect(client.send(new PutTargetsCommand({ Rule: "r", Targets: topic }))).rejects.toThrow(
    /queues and functions/,
  );
});

test("entries over 256 KiB together, or more than ten, are refused", async () => {
  const entry = { Source: "mine", DetailType: "t", Detail: JSON.stringify({ text: "x".repeat(140_000) }) };
  const large = new PutEventsCommand({ Entries: [entry, entry] });
  await expect(client.send(large)).rejects.toMatchObject({ name: "ValidationException" });
  const many = new PutEventsCommand({ Entries: Array.from({ length: 11 }, () => ({ ...entry, Detail: "{}" })) });
  await expect(client.send(many)).rejects.toMatchObject({ name: "ValidationException" });
});
