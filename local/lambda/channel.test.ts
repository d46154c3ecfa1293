import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Channel, openChannel } from "./channel.ts";
import { frame } from "./frames.ts";

let folder: string;
let server: Server;
let channel: Channel;
let other: Socket;
let lost: PromiseWithResolvers<void>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hangar-channel-"));
  server = createServer();
  server.listen(join(folder, "socket"));
  await once(server, "listening");
  lost = Promise.withResolvers();
  const connected = once(server, "connection");
  channel = openChannel(join(folder, "socket"), lost.resolve);
  [other] = (await connected) as [Socket];
});
afterEach(() => {
  channel.close();
  other.destroy();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
const call = () => channel.call({ functionName: "f", requestId: "r", deadline: 0 }, "{}", 60_000);

test("a broken connection is told, and calls on it are lost: those that wait, and those that come after", async () => {
  const waiting = call();
  await once(other, "data");
  other.destroy();
  await lost.promise;
  expect(await waiting).toBe("lost");
  expect(await call()).toBe("lost");
});

test("a connection on which something else than an answer comes is a broken one, and no fault of the region", async () => {
  const waiting = call();
  other.write(frame("no JSON"));
  await lost.promise;
  expect(await waiting).toBe("lost");
});

test("a process that never listens, or has gone, is a broken connection, too", async () => {
  const gone = Promise.withResolvers<void>();
  const none = openChannel(join(folder, "nobody"), gone.resolve);
  expect(await none.call({ functionName: "f", requestId: "r", deadline: 0 }, "{}", 60_000)).toBe("lost");
  await gone.promise;
});
