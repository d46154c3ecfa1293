// The engine on a loopback port over a folder of its own, for tests.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createS3Listener, type S3Listener } from "../server.ts";
import type { RawAnswer } from "./raw-request.ts";
import { rawRequest } from "./raw-request.ts";

export interface ListeningEngine {
  readonly folder: string;
  readonly port: number;
  readonly listener: S3Listener;
  /** One bare request. */
  send(method: string, path: string, options?: Parameters<typeof rawRequest>[3]): Promise<RawAnswer>;
  /** The content files on disk. */
  files(): string[];
  /** Stops; the folder goes with it unless it was given. */
  stop(): Promise<void>;
}

/** Starts the engine. @param given a folder to stand on; a fresh one if left out */
export async function startEngine(given?: string, now: () => number = Date.now): Promise<ListeningEngine> {
  const folder = given ?? mkdtempSync(join(tmpdir(), "hangar-s3-"));
  const listener = createS3Listener({
    folder,
    region: "us-east-1",
    accountId: "000000000000",
    now,
    onEvents: () => undefined,
  });
  const server = createServer(listener);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    folder,
    port,
    listener,
    send: (method, path, options) => rawRequest(port, method, path, options),
    files: () => contentFiles(folder),
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await listener.close();
      if (given === undefined) rmSync(folder, { recursive: true });
    },
  };
}

/** The content files in the folder of an engine. */
export function contentFiles(folder: string): string[] {
  const content = join(folder, "content");
  if (!existsSync(content)) return [];
  return readdirSync(content, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
