// For the tests of commands: a home that a stub of the API serves on a loopback port, and the real command run on it. The
// stub checks every signature by itself and answers what the test says.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach } from "vitest";
import { identityOf } from "../../local/process-identity.ts";
import { signedFor } from "./signed-for.ts";

export interface Asked {
  readonly method: string;
  /** As on the wire, with the query. */
  readonly target: string;
  readonly body: unknown;
  readonly headers: IncomingMessage["headers"];
}

export interface Answered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StubRegion {
  /** For commands called in the test's own process. */
  readonly home: string;
  /** Of the stub, without a scheme: what WebServerHostname says when the stub plays Airflow, too. */
  readonly host: string;
  readonly asked: Asked[];
  /** What it answers; replaced by each test. */
  answer: (asked: Asked) => Answered;
  /** The same, by method and path without the query; 404 for the rest. */
  serve(routes: Readonly<Record<string, (asked: Asked) => Answered>>): void;
  /** The real command in a process of its own. @param input what is piped in */
  hangar(args: readonly string[], input?: string): Promise<Ended>;
  /** The same, to be interrupted. */
  start(args: readonly string[]): { interrupt(): void; ended: Promise<Ended> };
  close(): Promise<void>;
}

const region = "us-east-1";
const key = { accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret" };
const program = fileURLToPath(new URL("../bin/hangar.mjs", import.meta.url));

/** The one of a test file: closed after its last test, and with nothing asked of it before each. */
export async function stubRegionOfFile(): Promise<StubRegion> {
  const stub = await startStubRegion();
  afterAll(() => stub.close());
  beforeEach(() => void stub.asked.splice(0));
  return stub;
}

async function startStubRegion(): Promise<StubRegion> {
  const folder = mkdtempSync(join(tmpdir(), "hangar-cli-"));
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks);
    const { method = "", url: target = "", headers } = request;
    const asked = { method, target, body: parsed(text.toString()), headers };
    const signed = target.startsWith("/aws_mwaa/") ? "airflow" : signedFor(request, text, key, region, Date.now());
    const isSigned = signed === "airflow";
    if (isSigned) stub.asked.push(asked);
    const reply: Answered = isSigned ? stub.answer(asked) : { status: 403, body: { message: `signed: ${signed}` } };
    response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
    response.end(JSON.stringify(reply.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  mkdirSync(join(folder, "run"));
  const served = { ...identityOf(process.pid), url: `http://${host}`, region, accountId: "000000000000", webPort: 1 };
  writeFileSync(join(folder, "run/region.json"), JSON.stringify(served));
  writeFileSync(join(folder, "credentials.json"), JSON.stringify({ operator: key }));

  const start = (args: readonly string[], input?: string) => {
    const env = { ...process.env, HANGAR_HOME: folder, NO_COLOR: "1" };
    const child = spawn(process.execPath, [program, ...args], { env, stdio: "pipe" });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) child[stream].on("data", (chunk) => (said[stream] += chunk));
    child.stdin.end(input);
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, ...said }));
    });
    return { interrupt: () => child.kill("SIGINT"), ended };
  };
  const stub: StubRegion = {
    home: folder,
    host,
    asked: [],
    answer: () => ({ status: 500, body: { message: "The test says nothing of this." } }),
    serve: (routes) => {
      stub.answer = (asked) => {
        const name = `${asked.method} ${asked.target.split("?")[0]}`;
        return (
          routes[name]?.(asked) ?? refused(404, "ResourceNotFoundException", "RouteNotFound", `nothing at ${name}`)
        );
      };
    },
    hangar: (args, input) => start(args, input).ended,
    start,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return stub;
}

/** An error as the API answers it. */
export const refused = (status: number, type: string, code: string, message: string): Answered => ({
  status,
  headers: { "x-amzn-errortype": type },
  body: { message, code, __type: type },
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
