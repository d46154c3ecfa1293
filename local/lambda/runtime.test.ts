import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { identityOf, waitForExit } from "../process-identity.ts";
import { type Lambda, startLambda } from "./runtime.ts";

const handlers = `
import { writeFileSync } from "node:fs";
export const echo = async (event: unknown, context: { functionName: string; getRemainingTimeInMillis(): number }) =>
  ({ event, name: context.functionName, remaining: context.getRemainingTimeInMillis(), key: process.env["AWS_ACCESS_KEY_ID"], home: process.env["HOME"] ?? null });
export const busy = async () => { throw Object.assign(new Error("another holds the lease"), { name: "StepBusy" }); };
export const nothing = async () => undefined;
export const text = async () => { throw "just text"; };
export const late = async (event: { file: string }) => { await new Promise((r) => setTimeout(r, 2500)); writeFileSync(event.file, "late"); };
export const waits = async () => { await new Promise((r) => setTimeout(r, 60_000)); };
export const dies = async () => { process.exit(3); };
export const large = async () => "x".repeat(7 * 1024 * 1024);
export const circular = async () => { const a: { a?: unknown } = {}; a.a = a; return a; };
export const cuts = async () => { for (const one of (process as never as { _getActiveHandles(): { server?: object; destroy(): void }[] })._getActiveHandles()) if (one.server) one.destroy(); };
export const says = async () => { console.log("a line of a function"); };
`;

let folder: string;
let lambda: Lambda;

const wired = (name: string, timeoutSeconds = 5) => ({
  handler: `handlers.${name}`,
  timeoutSeconds,
  memoryMegabytes: 512,
});
const functions = {
  ...Object.fromEntries(
    ["echo", "busy", "nothing", "text", "waits", "dies", "cuts", "large", "circular", "says"].map((name) => [
      name,
      wired(name, 30),
    ]),
  ),
  late: wired("late", 1),
  "not-there": { handler: "nowhere.handler", timeoutSeconds: 5, memoryMegabytes: 128 },
  "not-exported": wired("missing"),
};

function start(
  environment: Record<string, string> = { AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
  name = "one",
  later?: Promise<Record<string, string>>,
): Lambda {
  return startLambda({
    ...(later ? { laterEnvironment: later } : {}),
    repoRoot: folder,
    environment: { AWS_ACCESS_KEY_ID: "AKIAFUNCTIONS", ...environment },
    socketPath: join(folder, `${name}.sock`),
    logFile: join(folder, `${name}.log`),
    region: "us-east-1",
    accountId: "000000000000",
    functions,
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hangar-lambda-"));
  writeFileSync(join(folder, "handlers.ts"), handlers);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  lambda = start();
  await lambda.ready();
});
afterAll(async () => {
  await lambda.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("calling a function", () => {
  test("gives it the event, a context, and its own role's environment only", async () => {
    const result = await lambda.invoke("echo", { a: 1 });
    expect(result).toMatchObject({ payload: { event: { a: 1 }, name: "echo", key: "AKIAFUNCTIONS", home: null } });
    const { remaining } = (result as { payload: { remaining: number } }).payload;
    expect(remaining).toBeGreaterThan(25_000);
    expect(await lambda.invoke("nothing", undefined)).toEqual({ payload: null });
  });

  test("answers a thrown error by its name, message and trace", async () => {
    const result = await lambda.invoke("busy", {});
    expect(result).toMatchObject({ errorType: "StepBusy", errorMessage: "another holds the lease" });
    expect("trace" in result && result.trace?.[0]).toContain("StepBusy: another holds the lease");
    expect(await lambda.invoke("text", {})).toMatchObject({ errorType: "string", errorMessage: "just text" });
  });

  test.each([
    ["not-there", "Runtime.ImportModuleError"],
    ["not-exported", "Runtime.HandlerNotFound"],
    ["unheard-of", "Lambda.ResourceNotFoundException"],
    ["circular", "Runtime.MarshalError"],
    ["large", "Function.ResponseSizeTooLarge"],
  ])("that cannot be run (%s) is answered with %s", async (name, errorType) => {
    expect(await lambda.invoke(name, {})).toMatchObject({ errorType });
  });

  test("refuses an event over 6 MB", async () => {
    const event = "x".repeat(6 * 1024 * 1024);
    expect(await lambda.invoke("echo", event)).toMatchObject({ errorType: "Lambda.RequestTooLargeException" });
  });

  test("goes on while another call waits", async () => {
    const other = start({ AWS_ENDPOINT_URL: "http://localhost:1" }, "two");
    const waiting = other.invoke("waits", {});
    for (let n = 0; n < 3; n++) expect(await other.invoke("echo", n)).toMatchObject({ payload: { event: n } });
    await other.close();
    expect(await waiting).toMatchObject({ errorType: "Lambda.Unknown" });
  });

  test("writes what it prints to the log file", async () => {
    await lambda.invoke("says", {});
    expect(readFileSync(join(folder, "one.log"), "utf8")).toContain("a line of a function");
  });
});

describe("when things go wrong", () => {
  test("a function past its time limit is answered, and can do nothing any more", { timeout: 10_000 }, async () => {
    const file = join(folder, "late.txt");
    const before = identityOf(lambda.pid()!)!;
    expect(await lambda.invoke("late", { file })).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringContaining("Task timed out after 1.00 seconds"),
    });
    expect(await waitForExit(before, 0)).toBe(true);
    expect(existsSync(file)).toBe(false);
    expect(await lambda.invoke("echo", "again")).toMatchObject({ payload: { event: "again" } });
  });

  test("a functions process that dies is Lambda.Unknown to its callers, and is replaced", async () => {
    expect(await lambda.invoke("dies", {})).toMatchObject({ errorType: "Lambda.Unknown" });
    expect(await lambda.invoke("echo", 1)).toMatchObject({ payload: { event: 1 } });
  });

  test("a connection that breaks ends the functions process, with what it was at: the next one takes calls", async () => {
    const before = identityOf(lambda.pid()!)!;
    const waiting = lambda.invoke("waits", {});
    expect(await lambda.invoke("cuts", {})).toMatchObject({ errorType: "Lambda.Unknown" });
    expect(await waiting).toMatchObject({ errorType: "Lambda.Unknown" });
    expect(await waitForExit(before, 1_000)).toBe(true);
    expect(await lambda.invoke("echo", 1)).toMatchObject({ payload: { event: 1 } });
  });

  test.each([
    [{ AWS_ENDPOINT_URL: "https://airflow.us-east-1.amazonaws.com" }],
    [{ AWS_ENDPOINT_URL: "http://127.0.0.1.evil.example:1" }],
    [{ AWS_ENDPOINT_URL: "http://127.0.0.1:1", AWS_ENDPOINT_URL_S3: "http://10.0.0.1" }],
    [{ AWS_ENDPOINT_URL: "" }],
  ])("an endpoint beyond this machine is refused (%o)", async (environment) => {
    const refused = start(environment, "refused");
    await expect(refused.ready()).rejects.toThrow(/refuses its environment/);
    expect(await refused.invoke("echo", 1)).toMatchObject({ errorType: "Lambda.Unknown" });
    await refused.close();
  });

  test("no call is taken before the rest of the environment is there, and a process that replaces it has it too", async () => {
    const later = Promise.withResolvers<Record<string, string>>();
    const waiting = start({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, "later", later.promise);
    const early = waiting.invoke("echo", 1);
    later.resolve({ AWS_ACCESS_KEY_ID: "AKIALATER" });
    expect(await early).toMatchObject({ payload: { key: "AKIALATER" } });
    await waiting.invoke("dies", {});
    expect(await waiting.invoke("echo", 2)).toMatchObject({ payload: { key: "AKIALATER" } });
    await waiting.close();
  });

  test("a rest of the environment that cannot be found out is what ready says, and nothing runs", async () => {
    const failed = start(undefined, "failed", Promise.reject(new Error("HANGAR_PYTHON does not run")));
    await expect(failed.ready()).rejects.toThrow("HANGAR_PYTHON does not run");
    expect(await failed.invoke("echo", 1)).toMatchObject({ errorMessage: "HANGAR_PYTHON does not run" });
    await failed.close();
  });

  test("an endpoint beyond this machine is refused also when it comes later", async () => {
    const foreign = Promise.resolve({ AWS_ENDPOINT_URL_S3: "https://s3.amazonaws.com" });
    const refused = start({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, "foreign", foreign);
    await expect(refused.ready()).rejects.toThrow(/refuses its environment/);
    await refused.close();
  });

  test("the functions process ends at once when the region is killed with -9", {
    timeout: 20_000,
  }, async () => {
    const script = join(folder, "region.ts");
    writeFileSync(
      script,
      `import { startLambda } from ${JSON.stringify(join(import.meta.dirname, "runtime.ts"))};
       const lambda = startLambda(${JSON.stringify({
         repoRoot: folder,
         environment: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
         socketPath: join(folder, "region.sock"),
         logFile: join(folder, "region.log"),
         region: "us-east-1",
         accountId: "000000000000",
         functions,
       })});
       await lambda.ready();
       void lambda.invoke("waits", {});
       console.log(lambda.pid());`,
    );
    const region: ChildProcess = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(region.stdout!, "data")) as [Buffer];
    const host = identityOf(Number(String(line)))!;
    region.kill("SIGKILL");
    await once(region, "exit");
    expect(await waitForExit(host, 1_000)).toBe(true);
  });
});
