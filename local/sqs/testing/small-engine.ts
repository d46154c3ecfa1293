// For tests of the small engines: a folder, a clock moved by hand with the timers on it, and requests without a socket.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine, EngineContext, ServiceRequest } from "../../engine.ts";
import type { Schedule } from "../long-poll.ts";

/** Time that stands still until it is moved; timers due on the way run in order. */
export interface ManualTime {
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Moves on by that many seconds. Answers when what the timers settled has been heard of. */
  pass(seconds: number): Promise<void>;
}

/** A clock that begins at a fixed moment. */
export function manualTime(start = Date.UTC(2026, 0, 15, 12)): ManualTime {
  let time = start;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    now: () => time,
    schedule(callback, milliseconds) {
      const timer = { at: time + milliseconds, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async pass(seconds) {
      const end = time + 1000 * seconds;
      for (;;) {
        const due = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers.delete(due);
        time = Math.max(time, due.at);
        due.callback();
      }
      time = end;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A context over a fresh folder. */
export function testContext(now: () => number): EngineContext & { remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "hangar-engine-"));
  return {
    folder,
    region: "us-east-1",
    accountId: "000000000000",
    now,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A request as the front door hands it over. */
export function testRequest(parts: Partial<ServiceRequest>): ServiceRequest {
  return {
    method: "POST",
    rawPath: "/",
    rawQuery: "",
    headers: {},
    body: Buffer.alloc(0),
    caller: { accountId: "000000000000", accessKeyId: "AKIAEXAMPLE", arn: "arn:aws:iam::000000000000:user/operator" },
    endpoint: "http://127.0.0.1:4566",
    requestId: "00000000-0000-4000-8000-000000000000",
    hungUp: new AbortController().signal,
    ...parts,
  };
}

/** Asks one JSON operation. Answers the output, or the error's `__type` and `message` with `status`. */
export async function askJson(
  engine: Engine,
  operation: string,
  input: object,
  parts: Partial<ServiceRequest> = {},
  // biome-ignore lint/suspicious/noExplicitAny: the tests look at answers as the wire has them
): Promise<any> {
  const headers = { "x-amz-target": `Service.${operation}`, "content-type": "application/x-amz-json-1.0" };
  const body = Buffer.from(JSON.stringify(input));
  const response = await engine.handle(testRequest({ headers, body, ...parts }));
  return { ...JSON.parse(response.body.toString()), status: response.status };
}
