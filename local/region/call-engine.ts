// Calls an engine from within the region, as its own deployment does: no signature, no socket.
import type { Engine, ServiceRequest } from "../engine.ts";

/**
 * One JSON call within the process.
 * @param target e.g. `AmazonSQS.CreateQueue`
 * @param fine error codes that mean it was done before
 * @returns the output, empty for a fine error @throws Error with the service's answer
 */
export async function callEngine(
  engine: Pick<Engine, "handle">,
  target: string,
  input: object,
  fine: readonly string[] = [],
): Promise<Record<string, unknown>> {
  const request: ServiceRequest = {
    method: "POST",
    rawPath: "/",
    rawQuery: "",
    headers: {
      "x-amz-target": target,
      "content-type": "application/x-amz-json-1.0",
    },
    body: Buffer.from(JSON.stringify(input)),
    caller: { accountId: "000000000000", accessKeyId: "deployment", arn: "arn:aws:iam::000000000000:root" },
    endpoint: "http://127.0.0.1",
    requestId: "deployment",
    hungUp: new AbortController().signal,
  };
  const response = await engine.handle(request);
  const text = response.body.toString();
  if (response.status === 200) return JSON.parse(text || "{}") as Record<string, unknown>;
  if (fine.some((code) => text.includes(code))) return {};
  throw new Error(`${target} failed: ${text}`);
}
