import { mkdtempSync, rmSync } from "node:fs";
import { Agent, createServer, type IncomingMessage, request as ask, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { pipeToS3 } from "./s3-pipe.ts";

const caller = {
  accountId: "000000000000",
  accessKeyId: "AKIAEXAMPLE",
  arn: "arn:aws:iam::000000000000:user/operator",
};

/** A worker that answers so, behind the pipe. @returns the port, and a client's one kept connection to it */
async function pipedTo(worker: RequestListener) {
  const folder = mkdtempSync(join(tmpdir(), "hangar-pipe-"));
  const socketPath = join(folder, "s3.sock");
  const s3 = createServer(worker);
  const front = createServer((request, response) => {
    const piped = {
      socketPath,
      caller,
      requestId: "1",
      endpoint: "http://127.0.0.1",
      target: request.url!,
      hoistedHeaders: {},
    };
    pipeToS3(request, response, piped).catch(() => response.writeHead(503).end());
  });
  await new Promise<void>((listening) => s3.listen(socketPath, listening));
  await new Promise<void>((listening) => front.listen(0, "127.0.0.1", listening));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(async () => {
    agent.destroy();
    for (const server of [front, s3]) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const { port } = front.address() as AddressInfo;
  return { port, agent };
}

/** Sends all of a body, whatever is answered meanwhile. */
async function put({ port, agent }: { port: number; agent: Agent }, body: Buffer) {
  const sent = ask({
    port,
    agent,
    host: "127.0.0.1",
    method: "PUT",
    path: "/b/k",
    headers: { "content-length": body.byteLength },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    sent.once("response", resolve).once("error", reject),
  );
  sent.end(body);
  const answer = await answered;
  return { status: answer.statusCode, body: await text(answer) };
}

it("an answer that comes before the body was read reaches the client, and its connection serves the next request", async () => {
  let asked = 0;
  const client = await pipedTo((request, response) => {
    response.writeHead(++asked % 2 === 1 ? 412 : 200).end(`answer ${asked}`);
    request.resume(); // as the S3 engine does
  });
  const large = Buffer.alloc(4 * 1024 * 1024);
  for (let round = 1; round <= 20; round += 2) {
    expect(await put(client, large)).toEqual({ status: 412, body: `answer ${round}` });
    expect(await put(client, Buffer.from("small"))).toEqual({ status: 200, body: `answer ${round + 1}` });
  }
});

it("a body arrives whole", async () => {
  const client = await pipedTo(async (request, response) => void response.end(String((await text(request)).length)));
  expect(await put(client, Buffer.alloc(1_000_000, "x"))).toEqual({ status: 200, body: "1000000" });
});
