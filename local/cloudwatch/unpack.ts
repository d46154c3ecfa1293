// The body of a request to CloudWatch as its sender wrote it: SDKs compress theirs from 10 KB on.
import { gunzipSync } from "node:zlib";
import type { ServiceRequest } from "../engine.ts";

/** A put may be this large once unpacked. */
export const largestBodyBytes = 1_048_576;

/** @throws RangeError when it is larger than that, or an Error of zlib when it is no gzip */
export function unpackedBody({ headers, body }: Pick<ServiceRequest, "headers" | "body">): Buffer {
  return headers["content-encoding"] === "gzip" ? gunzipSync(body, { maxOutputLength: largestBodyBytes }) : body;
}
