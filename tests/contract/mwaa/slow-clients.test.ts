// Clients that never finish what they began: the door lets go of them, in the bounds of its own patience, and goes on serving.
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyWorld } from "../../../state-machines/testing/requests.ts";
import { type ServedApi, serveApi } from "./served-api.ts";

const patience = { headersMilliseconds: 300, bodyMilliseconds: 300 };
const trickleMilliseconds = 20;
let world: ReturnType<typeof emptyWorld>;
let api: ServedApi;
beforeAll(async () => {
  world = emptyWorld();
  api = await serveApi(world, patience);
});
afterAll(() => api.close());

test("headers that trickle are cut off", async () => {
  const answer = await trickle("GET /environments HTTP/1.1\r\nhost: x\r\n", (at) => `x-${at}: y\r\n`);
  expect(answer.text).toMatch(/^HTTP\/1.1 408 /);
});

test("a body that trickles is cut off, with the service's own error, and changes nothing", async () => {
  const body = `{"DagS3Path":"dags","x":"${"y".repeat(5000)}"}`;
  const line = "PUT /environments/first";
  const headers = await api.signedHeaders({ line, who: "operator", body });
  const head = Object.entries({ ...headers, "content-length": body.length }).map((pair) => pair.join(": "));
  const answer = await trickle(`${line} HTTP/1.1\r\n${head.join("\r\n")}\r\n\r\n`, (at) => body.charAt(at));
  expect(answer.text).toMatch(/^HTTP\/1.1 408 /);
  expect(answer.text).toContain("x-amzn-errortype: RequestTimeoutException");
  expect(world.environments.items.size).toBe(0);
});

test("a hundred of them do not keep others from their answers", async () => {
  const silent = Array.from({ length: 100 }, () => connect(api.port, "127.0.0.1"));
  for (const socket of silent) socket.on("error", () => {}).write("GET /environments HTTP/1.1\r\n");
  const answer = await api.ask({ line: "GET /environments", who: "operator" });
  for (const socket of silent) socket.destroy();
  expect(answer.status).toBe(200);
});

/** Sends the start at once and then a piece at a time, until the other side ends the connection. */
function trickle(start: string, piece: (at: number) => string): Promise<{ text: string }> {
  return new Promise((resolve) => {
    const socket = connect(api.port, "127.0.0.1");
    let text = "";
    let at = 0;
    socket.write(start);
    const timer = setInterval(() => socket.write(piece(at++)), trickleMilliseconds);
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("error", () => {}); // a write after the other side has ended
    socket.on("close", () => {
      clearInterval(timer);
      resolve({ text });
    });
  });
}
