// The functions process: runs every handler of the wiring, as Lambda would, with the keys of the functions' own role.
// It is an entry point, forked by runtime.ts, and lives exactly as long as the channel to its parent: when the region is
// killed, so is every invocation, and none of an earlier region can act in a later one.
import { InvokeStore, InvokeStoreBase } from "@aws/lambda-invoke-store";
import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { frame, frameReader, writeSoon } from "./frames.ts";
import { invocationContext } from "./invocation-context.ts";
import { type InvokeResult, maximumPayloadBytes, type WiredFunction } from "./wiring.ts";

/** The one message the parent sends. */
export interface HostConfiguration {
  readonly socketPath: string;
  readonly repoRoot: string;
  readonly region: string;
  readonly accountId: string;
  readonly functions: Readonly<Record<string, WiredFunction>>;
  /** What was not known yet when the process was started. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One call, as a frame of the stream. */
export interface Call {
  /** Of this call on this stream. */
  readonly id: number;
  readonly functionName: string;
  readonly event: unknown;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** What became of a call. */
export interface Answer {
  readonly id: number;
  readonly result: InvokeResult;
}

/** Exit code when the environment would let a function reach beyond this machine. */
export const notLoopbackExitCode = 78;

type Handler = (event: unknown, context: unknown) => unknown;

process.on("disconnect", () => process.exit(0));
refuseForeignEndpoints();
// As Lambda sets it for functions that take several calls at a time: Powertools then keeps its state per call.
process.env["AWS_LAMBDA_MAX_CONCURRENCY"] = "100";
const invocations = InvokeStore.getInstanceAsync(true);
process.once("message", (configuration: HostConfiguration) => void serve(configuration));

async function serve(configuration: HostConfiguration): Promise<void> {
  Object.assign(process.env, configuration.environment);
  refuseForeignEndpoints();
  const server = createServer((socket) => takeCalls(configuration, socket));
  rmSync(configuration.socketPath, { force: true });
  await new Promise<void>((resolve) => server.listen(configuration.socketPath, resolve));
  process.send?.({ kind: "ready" });
  // Imported ahead of the first call, one at a time, with invocations let in between.
  for (const { handler } of Object.values(configuration.functions)) {
    await load(configuration.repoRoot, handler).catch((error: unknown) =>
      console.error(`cannot import ${handler}:`, error),
    );
    await nextTurn();
  }
}

function takeCalls(configuration: HostConfiguration, socket: Socket): void {
  const take = async (text: string) => {
    const call = JSON.parse(text) as Call;
    const result = serialise(await invoke(configuration, call), call.requestId);
    writeSoon(socket, frame(`{"id":${call.id},"result":${result}}`));
  };
  const read = frameReader((text) => void take(text));
  socket.on("data", read);
  socket.on("error", () => socket.destroy()); // the region is gone, and this process with it
}

async function invoke(configuration: HostConfiguration, call: Call): Promise<InvokeResult> {
  const { functionName: name } = call;
  const wired = configuration.functions[name];
  if (wired === undefined)
    return { errorType: "ResourceNotFoundException", errorMessage: `Function not found: ${name}` };
  let handler: Handler;
  try {
    handler = await load(configuration.repoRoot, wired.handler);
  } catch (error) {
    console.error(`cannot import ${wired.handler}:`, error);
    return failure(error, "Runtime.ImportModuleError");
  }
  const context = invocationContext(configuration, name, wired, call);
  try {
    // Calls run side by side here: what one appends to its log lines must not show up in another's.
    const scope = { [InvokeStoreBase.PROTECTED_KEYS.REQUEST_ID]: call.requestId };
    const store = await invocations;
    return { payload: await store.run(scope, () => handler(call.event, context)) };
  } catch (error) {
    return failure(error);
  }
}

const loaded = new Map<string, Handler>();

/** Kept once found: asking the module loader each time is a tenth of a short call. */
async function load(repoRoot: string, handler: string): Promise<Handler> {
  const known = loaded.get(handler);
  if (known) return known;
  const at = handler.lastIndexOf(".");
  const module = (await import(pathToFileURL(join(repoRoot, `${handler.slice(0, at)}.ts`)).href)) as Record<
    string,
    unknown
  >;
  const exported = module[handler.slice(at + 1)];
  if (typeof exported === "function") {
    loaded.set(handler, exported as Handler);
    return exported as Handler;
  }
  throw Object.assign(new Error(`${handler} is undefined or not exported`), { name: "Runtime.HandlerNotFound" });
}

/** Lambda's own shape of a thrown error: its name is what Retry and Catch match. */
function failure(error: unknown, errorType?: string): InvokeResult {
  if (!(error instanceof Error))
    return { errorType: errorType ?? typeof error, errorMessage: String(error), trace: [] };
  const ownName = error.name.startsWith("Runtime.") ? error.name : (errorType ?? error.name);
  return { errorType: ownName, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}

function serialise(result: InvokeResult, requestId: string): string {
  let body: string;
  try {
    body = JSON.stringify("payload" in result ? { payload: result.payload ?? null } : result);
  } catch (error) {
    return JSON.stringify(failure(error, "Runtime.MarshalError"));
  }
  if (Buffer.byteLength(body) <= maximumPayloadBytes) return body;
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${maximumPayloadBytes} bytes). RequestId: ${requestId}`;
  return JSON.stringify({ errorType: "Function.ResponseSizeTooLarge", errorMessage });
}

/** A function that reached real AWS with one-machine data would be the worst surprise of all. */
function refuseForeignEndpoints(): void {
  if (!process.env["AWS_ENDPOINT_URL"]) refuse("AWS_ENDPOINT_URL is not set");
  for (const [name, value] of Object.entries(process.env)) {
    if (!name.startsWith("AWS_ENDPOINT_URL")) continue;
    const host = URL.parse(value ?? "")?.hostname ?? "";
    if (!["127.0.0.1", "localhost", "[::1]"].includes(host))
      refuse(`${name} is ${value}, which is not on this machine`);
  }
}

function refuse(reason: string): never {
  console.error(`The functions process does not start: ${reason}. It must name the region's loopback port.`);
  process.exit(notLoopbackExitCode);
}
