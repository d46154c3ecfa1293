// The DynamoDB contract against moto, an implementation that shares no code with ours: it shows the suite is right.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, describe } from "vitest";
import { dynamodbContract } from "../contract/dynamodb/suite.ts";

let moto: ChildProcess | undefined;
afterAll(async () => {
  if (moto === undefined || moto.exitCode !== null) return;
  moto.kill("SIGTERM");
  await once(moto, "exit");
});

describe("moto", () => {
  dynamodbContract(async () => {
    const credentials = { accessKeyId: "AKIAAAAAAAAAAAAAAAAA", secretAccessKey: "any" };
    const endpoint = await startMoto();
    return new DynamoDBClient({ region: "us-east-1", endpoint, credentials, maxAttempts: 1 });
  }, "moto compares and writes without a lock between them: sometimes two of twenty writers get through");
});

/** Starts moto_server on a port the kernel picks, and reads from its log which one that was. */
async function startMoto(): Promise<string> {
  const executable = join(import.meta.dirname, "../../.venv/tools/bin/moto_server");
  moto = spawn(executable, ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  return new Promise((resolve, reject) => {
    let log = "";
    moto?.stderr?.on("data", (chunk: Buffer) => {
      log += String(chunk);
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(log) ?? [];
      if (address !== undefined) resolve(address);
    });
    moto?.once("error", reject);
    moto?.once("exit", () => reject(new Error(`moto_server ended before it listened: ${log}`)));
  });
}
