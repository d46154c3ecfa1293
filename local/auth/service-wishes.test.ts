import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { answerJson } from "../json-protocol.ts";
import { testRequest } from "../sqs/testing/small-engine.ts";
import { serviceWish } from "./service-wishes.ts";

const place = { region: "us-east-1", accountId: "000000000000" };
const json = (signingName: string, target: string, input: object) =>
  serviceWish(
    signingName,
    { method: "POST", rawQuery: "", headers: { "x-amz-target": target }, body: Buffer.from(JSON.stringify(input)) },
    place,
  );
const form = (signingName: string, text: string) =>
  serviceWish(
    signingName,
    {
      method: "POST",
      rawQuery: "",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: Buffer.from(text),
    },
    place,
  );
const targets = (asked: ReturnType<typeof serviceWish>) => asked.wishes().map(({ target }) => target);
const queue = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const alarm = (name: string) => `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${name}`;
const anything = { within: "" };

describe("what a request to a service wants", () => {
  it.each([
    ["sqs", "AmazonSQS.SendMessage", { QueueUrl: "http://127.0.0.1:1/000000000000/q" }, [queue("q")]],
    ["sqs", "AmazonSQS.CreateQueue", { QueueName: "q" }, [queue("q")]],
    ["sqs", "AmazonSQS.ListQueues", {}, [anything]],
    ["dynamodb", "DynamoDB_20120810.GetItem", { TableName: "t" }, ["arn:aws:dynamodb:us-east-1:000000000000:table/t"]],
    [
      "dynamodb",
      "DynamoDB_20120810.Query",
      { TableName: "t", IndexName: "i" },
      ["arn:aws:dynamodb:us-east-1:000000000000:table/t/index/i"],
    ],
    [
      "dynamodb",
      "DynamoDB_20120810.BatchGetItem",
      { RequestItems: { a: {}, b: {} } },
      ["a", "b"].map((name) => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`),
    ],
    [
      "secretsmanager",
      "secretsmanager.GetSecretValue",
      { SecretId: "hangar/pool" },
      [{ within: "arn:aws:secretsmanager:us-east-1:000000000000:secret:hangar/pool-" }],
    ],
    [
      "secretsmanager",
      "secretsmanager.GetSecretValue",
      { SecretId: "arn:aws:secretsmanager:us-east-1:000000000000:secret:s-AbCdEf" },
      ["arn:aws:secretsmanager:us-east-1:000000000000:secret:s-AbCdEf"],
    ],
    ["ecs", "AmazonEC2ContainerServiceV20141113.ListTasks", { cluster: "c" }, [anything]],
    ["monitoring", "GraniteServiceVersion20100801.PutMetricAlarm", { AlarmName: "a" }, [alarm("a")]],
    ["monitoring", "GraniteServiceVersion20100801.DeleteAlarms", { AlarmNames: ["a", "b"] }, [alarm("a"), alarm("b")]],
    ["monitoring", "GraniteServiceVersion20100801.TagResource", { ResourceARN: alarm("a") }, [alarm("a")]],
    ["monitoring", "GraniteServiceVersion20100801.DescribeAlarms", {}, [{ within: alarm("") }]],
    ["monitoring", "GraniteServiceVersion20100801.DescribeAlarms", { AlarmNamePrefix: "h" }, [{ within: alarm("h") }]],
    ["monitoring", "GraniteServiceVersion20100801.PutMetricData", { Namespace: "N" }, ["*"]],
    ["monitoring", "GraniteServiceVersion20100801.DeleteDashboards", {}, [anything]],
  ])("%s %s", (signingName, target, input, wanted) => {
    const asked = json(signingName, target, input);
    expect(asked.action).toBe(`${signingName.replace("monitoring", "cloudwatch")}:${target.split(".")[1]}`);
    expect(targets(asked)).toEqual(wanted);
  });

  it("is everything its members name, whichever of them the service reads", () => {
    const both = { QueueName: "allowed", QueueUrl: "http://h/000000000000/forbidden" };
    expect(targets(json("sqs", "AmazonSQS.SendMessage", both))).toEqual([queue("allowed"), queue("forbidden")]);
  });

  it("of the Query services stands in the form, never in a target header", () => {
    const asked = form("iam", "Action=DeleteUser&UserName=a&UserName=ci");
    expect(asked.action).toBe("iam:DeleteUser");
    expect(targets(asked)).toEqual(["arn:aws:iam::000000000000:user/ci"]); // the last one, as the engine reads it
    expect(form("monitoring", "Action=PutMetricData").action).toBe("cloudwatch:PutMetricData");
    expect(targets(form("monitoring", "Action=DeleteAlarms&AlarmNames.member.1=a"))).toEqual([alarm("a")]);
    expect(json("monitoring", "GraniteServiceVersion20100801.PutMetricData", {}).action).toBe(
      "cloudwatch:PutMetricData",
    );
    expect(json("iam", "IAM.ListUsers", {}).action).toBe("iam:");
  });

  it.each(["AmazonSQS.DeleteQueue", "DeleteQueue", "a.b.DeleteQueue", "AmazonSQS.DeleteQueue ", ".DeleteQueue", ""])(
    "is what would be carried out, however its target is written (%j): a deny cannot be written around",
    async (target) => {
      const carriedOut: string[] = [];
      const request = testRequest({ headers: { "x-amz-target": target }, body: Buffer.from("{}") });
      await answerJson("1.0", { DeleteQueue: () => void carriedOut.push("sqs:DeleteQueue") }, request);
      const { action } = serviceWish("sqs", request, place);
      expect(carriedOut).toEqual(action === "sqs:" ? [] : [action]);
    },
  );

  it("stands in a packed form as well, where the service unpacks it", () => {
    const packed = (body: Buffer) =>
      serviceWish(
        "monitoring",
        testRequest({
          headers: { "content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip" },
          body,
        }),
        place,
      ).action;
    expect(packed(gzipSync("Action=PutMetricData"))).toBe("cloudwatch:PutMetricData");
    expect(packed(gzipSync(`Action=PutMetricData&x=${" ".repeat(2_000_000)}`))).toBe("cloudwatch:");
    expect(packed(Buffer.from("not gzip"))).toBe("cloudwatch:");
  });

  it("that cannot be read names no action and no resource", () => {
    expect(json("dynamodb", "DynamoDB_20120810.DeleteTable.GetItem", {}).action).toBe("dynamodb:");
    const garbled = {
      method: "POST",
      rawQuery: "",
      headers: { "x-amz-target": "AmazonSQS.X" },
      body: Buffer.from("{"),
    };
    expect(targets(serviceWish("sqs", garbled, place))).toEqual([anything]);
  });
});
