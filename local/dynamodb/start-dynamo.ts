// DynamoDB on one machine: dynalite in this process, behind the front door. dynalite checks no signature and would
// serve anyone who can reach its port, so it gets none: requests are handed to its server object directly.
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import dynalite from "dynalite";
import type { Engine, ServiceRequest, ServiceResponse } from "../engine.ts";

/**
 * Opens the table store.
 * @param options.folder private folder of this engine; LevelDB keeps its files in `<folder>/leveldb`. One process only:
 *   a second one is refused by LevelDB's own lock.
 */
export async function startDynamo(options: { readonly folder: string }): Promise<Engine> {
  const server = dynalite({
    path: join(options.folder, "leveldb"),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  });
  await listenNowhere(server);
  return {
    signingNames: ["dynamodb"],
    handle: (request) => dispatch(server, request),
    close: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  };
}

/** dynalite closes LevelDB only if its server ever listened: let it listen on a socket whose name is gone at once. */
async function listenNowhere(server: Server): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "hangar-dynamo-"));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(join(folder, "s"), resolve);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Plays one verified request to dynalite's own request listener. */
function dispatch(server: Server, request: ServiceRequest): Promise<ServiceResponse> {
  return new Promise((resolve) => {
    const incoming = Object.assign(new PassThrough(), {
      method: request.method,
      url: request.rawQuery === "" ? request.rawPath : `${request.rawPath}?${request.rawQuery}`,
      headers: request.headers,
    });
    const headers: Record<string, string> = {};
    const outgoing = {
      statusCode: 200,
      setHeader(name: string, value: string | number) {
        headers[name.toLowerCase()] = String(value);
      },
      end(body = "") {
        delete headers["content-length"]; // the front door counts for itself
        resolve({ status: outgoing.statusCode, headers, body });
      },
    };
    server.emit("request", incoming as unknown as IncomingMessage, outgoing);
    incoming.end(request.body);
  });
}
