import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { conditionalTable } from "../shared/aws/conditional-table.ts";
import { apiHandler } from "../shared/runtime/api-handler.ts";
import { answerOf, tableFullMessage } from "./dynamodb/start-dynamo.ts";
import type { ServiceRequest } from "./engine.ts";
import { diskFullCode, faultMessage, isDiskFull } from "./disk-full.ts";
import { answerJson } from "./json-protocol.ts";
import { queryError } from "./sts/query-protocol.ts";

/** What SQLite really throws when it may not grow. */
function sqliteFull(): unknown {
  const database = new DatabaseSync(":memory:");
  database.exec("PRAGMA max_page_count = 2; CREATE TABLE t (x)");
  try {
    database.exec("INSERT INTO t VALUES (zeroblob(100000))");
  } catch (error) {
    return error;
  } finally {
    database.close();
  }
  throw new Error("SQLite took it.");
}
const thrown = (message: string, members: object) => Object.assign(new Error(message), members);

describe("a full disk", () => {
  it.each<[string, unknown]>([
    ["of the system", thrown("ENOSPC: no space left on device, write", { code: "ENOSPC" })],
    ["of a quota", thrown("EDQUOT: disk quota exceeded", { code: "EDQUOT" })],
    ["of SQLite", sqliteFull()],
    ["of LevelDB", thrown("IO error: /x/000005.log: No space left on device", { code: "LEVEL_IO_ERROR" })],
    ["as a cause", new Error("not written", { cause: thrown("x", { code: "ENOSPC" }) })],
  ])("is known: %s", (_, error) => expect(isDiskFull(error)).toBe(true));

  const circle = new Error("x");
  circle.cause = circle;
  it.each<[string, unknown]>([
    ["another system error", thrown("EACCES: permission denied", { code: "EACCES" })],
    ["another SQLite error", thrown("constraint failed", { errcode: 19 })],
    ["words of a caller", new Error("no space left on device")],
    ["nothing", undefined],
    ["a text", "ENOSPC"],
    ["a circle", circle],
  ])("is not taken for: %s", (_, error) => expect(isDiskFull(error)).toBe(false));
});

describe("an engine whose disk is full", () => {
  const request = {
    headers: { "x-amz-target": "Queue.Send" },
    body: Buffer.from("{}"),
    requestId: "r",
    rawQuery: "",
  } as unknown as ServiceRequest;
  const failing = (error: unknown) => ({
    Send: () => {
      throw error;
    },
  });

  it("says so and what to do, in the JSON protocols and in the Query protocol", async () => {
    const full = sqliteFull();
    const json = await answerJson("1.0", failing(full), request);
    expect(json.status).toBe(500);
    expect(JSON.parse(String(json.body))).toMatchObject({ __type: "StorageFull", message: faultMessage(full) });
    expect(faultMessage(full)).toMatch(/disk .* is full.*Free some space/);
    const query = queryError({ version: "x", namespace: "urn:x" }, full, request);
    expect(String(query.body)).toContain(`<Code>StorageFull</Code><Message>${faultMessage(full)}`);
  });

  it("says of the table that it must be opened again", async () => {
    const perform = () =>
      Promise.reject(thrown("IO error: 5.log: No space left on device", { code: "LEVEL_IO_ERROR" }));
    const { status, body } = await answerOf(perform, { ...request, method: "POST" });
    expect([status, JSON.parse(String(body))]).toEqual([500, { __type: "StorageFull", message: tableFullMessage }]);
    expect(tableFullMessage).toMatch(/disk .* is full.*Free some space.*hangar down; npx hangar up/);
  });

  it("reaches the control plane's API, through the SDK, as an error of its catalogue with reason and remedy", async () => {
    const full = createServer((_, response) => {
      response.writeHead(500, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify({ __type: diskFullCode, message: tableFullMessage }));
    });
    await new Promise<void>((resolve) => full.listen(0, "127.0.0.1", resolve));
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${(full.address() as AddressInfo).port}`,
      ...{ region: "us-east-1", credentials: { accessKeyId: "a", secretAccessKey: "b" }, maxAttempts: 1 },
    });
    const table = conditionalTable(client, "hangar");
    const handler = apiHandler(
      z.object({}),
      () => table.put({ pk: "a", sk: "environment" }, {}, "absent"),
      () => ({}),
    );
    const event = { routeKey: "PUT /environments/{Name}", requestContext: {}, isBase64Encoded: false } as never;
    const answer = (await handler(event, { awsRequestId: "r" } as never)) as { statusCode: number; body: string };
    client.destroy();
    full.close();
    expect([answer.statusCode, JSON.parse(answer.body)]).toEqual([
      500,
      { __type: "InternalServerException", code: "StorageFull", message: tableFullMessage },
    ]);
  });

  it("says nothing of any other fault", async () => {
    const secret = thrown("password=hunter2", { code: "EACCES" });
    await expect(answerOf(() => Promise.reject(secret), { ...request, method: "POST" })).rejects.toBe(secret);
    const { body } = await answerJson("1.1", failing(secret), request);
    expect(JSON.parse(String(body))).toEqual({
      __type: "InternalFailure",
      message: "The service met an internal fault.",
    });
  });
});
