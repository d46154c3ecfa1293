import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BusEvent } from "../engine.ts";
import { startS3 } from "./start.ts";
import { rawRequest } from "./testing/raw-request.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-s3-thread-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = (onEvent: (event: BusEvent) => Promise<void> | void) =>
  startS3({
    folder: join(folder, "s3"),
    socketPath: join(folder, "s3.sock"),
    region: "eu-west-1",
    accountId: "000000000000",
    onEvent,
  });
const send = (method: string, path: string, body = "") => rawRequest(join(folder, "s3.sock"), method, path, { body });
const location =
  "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";

test("S3 answers on its socket, for its owner only, and tells the other thread of changes", {
  timeout: 30_000,
}, async () => {
  const events: BusEvent[] = [];
  const s3 = await start((event) => void events.push(event));
  expect(statSync(join(folder, "s3.sock")).mode & 0o777).toBe(0o600);
  expect((await send("PUT", "/bucket")).text).toContain("IllegalLocationConstraintException");
  expect((await send("PUT", "/bucket", location)).status).toBe(200);
  expect((await send("PUT", "/bucket", location)).text).toContain("BucketAlreadyOwnedByYou");
  await send("PUT", "/bucket/k", "1");
  expect((await send("GET", "/bucket/k")).text).toBe("1");
  await expect.poll(() => events.map((event) => event["detail-type"])).toEqual(["Object Created"]);
  await s3.close();
});

test("an event that was not taken comes again after a restart, a taken one does not", { timeout: 30_000 }, async () => {
  const keyOf = (event: BusEvent) => (event.detail["object"] as { key: string }).key;
  const never = new Promise<void>(() => undefined);
  const first = await start((event) => (keyOf(event) === "taken" ? undefined : never));
  await send("PUT", "/bucket", location);
  await send("PUT", "/bucket/taken", "1");
  await send("PUT", "/bucket/open", "1");
  await first.close();
  const again: string[] = [];
  const second = await start((event) => void again.push(keyOf(event)));
  await expect.poll(() => again).toContain("open");
  await second.close();
  const third = await start((event) => void again.push(keyOf(event)));
  await send("PUT", "/bucket/last", "1");
  await expect.poll(() => again.at(-1)).toBe("last");
  expect(again.filter((key) => key === "open")).toHaveLength(1);
  await third.close();
});

test("a socket path the system cannot hold is refused with the reason", async () => {
  const socketPath = join(folder, "x".repeat(120));
  const options = { folder, socketPath, region: "us-east-1", accountId: "000000000000", onEvent: () => undefined };
  await expect(startS3(options)).rejects.toThrow(/longer than 107 bytes/);
});
