// boto3, unmodified, against all twelve operations of the MWAA API. What is asked and expected is in mwaa_conformance.py;
// operations in flight are run when it says so, on the in-memory world.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withSigningKeys } from "../../state-machines/testing/available.ts";
import { emptyWorld } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { captureOutput } from "../contract/mwaa/captured-output.ts";
import { type ServedApi, serveApi } from "../contract/mwaa/served-api.ts";

const script = join(import.meta.dirname, "mwaa_conformance.py");
const python = join(import.meta.dirname, "../../.venv/tools/bin/python");
const guarantees = [...readFileSync(script, "utf8").matchAll(/^def (guarantee_\w+)\(\):\n {4}"""(.+?)"""/gms)].map(
  ([, name = "", promise = ""]) => [promise, name] as const,
);

const faults = new Map<string, string | null>();
const world = emptyWorld();
world.sourceBuckets.upload("my-dags", "requirements.txt", ""); // its version-2; version-1 is the DAG
const output = captureOutput();
let api: ServedApi;

beforeAll(async () => {
  api = await serveApi(world);
  answerByPath();
  const reader = api.keyOf("reader");
  const operator = api.keyOf("operator");
  const child = spawn(python, ["-B", script], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      PATH: process.env["PATH"] ?? "",
      HANGAR_ENDPOINT: api.url,
      HANGAR_READER_KEY: reader.accessKeyId,
      HANGAR_READER_SECRET: reader.secretAccessKey,
      AWS_ACCESS_KEY_ID: operator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    },
  });
  const ended = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line) as { advance?: string; guarantee?: string; fault?: string | null };
    if (told.guarantee !== undefined) faults.set(told.guarantee, told.fault ?? null);
    if (told.advance === undefined) continue;
    await advance(told.advance).catch(() => child.stdin.end());
    child.stdin.write("\n");
  }
  await ended;
});
afterAll(async () => {
  output.stop();
  await api.close();
});

describe("boto3 against the MWAA API", () => {
  it.each(guarantees)("%s", (_, name) => {
    expect(faults.has(name), "the script did not come that far").toBe(true);
    expect(faults.get(name)).toBeNull();
  });
});

/** Runs the operation in flight to its end; an environment that was made can sign tokens then. */
async function advance(name: string): Promise<void> {
  await runLadder(world, name);
  const environment = await world.environments.get(name);
  if (environment) withSigningKeys(world, environment.names.signInSecret);
}

/** `/answers/409` is answered with 409. */
function answerByPath(): void {
  const { airflowRest } = world;
  airflowRest.call = async ({ path }) => {
    const status = Number(/^\/answers\/(\d+)$/.exec(path)?.[1] ?? 200);
    return { status, body: status === 200 ? '{"nothing":null}' : '{"detail":"as told"}' };
  };
}
