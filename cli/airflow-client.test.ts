import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { airflowClient } from "./airflow-client.ts";

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

/** A web server's address, and the tokens it saw. @param refusal the status a sign-in is refused with, counted from 1 */
async function webServer(refusal: (attempt: number) => number | undefined): Promise<{ url: string; tokens: string[] }> {
  const tokens: string[] = [];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    if (request.url !== "/aws_mwaa/login") {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ asked: request.url, as: request.headers.authorization }));
      return;
    }
    tokens.push(String(new URLSearchParams(body).get("token")));
    const refused = refusal(tokens.length);
    if (refused) response.writeHead(refused).end("Not now.");
    else response.writeHead(303, { location: "/", "set-cookie": "_token=session; HttpOnly; Path=/" }).end();
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens };
}

/** Time passes only where it is waited. */
function clock(milliseconds: number) {
  let at = 0;
  const pauses: number[] = [];
  const pause = (length: number) => {
    pauses.push(length);
    at += length;
    return Promise.resolve();
  };
  return { milliseconds, now: () => at, pause, pauses };
}

it("signing in waits for a web server that starts, with the token it has", async () => {
  const { url, tokens } = await webServer((attempt) => (attempt <= 3 ? 503 : undefined));
  const patience = clock(50_000);
  const airflow = await airflowClient({ url, token: "once" }, patience);
  expect(tokens).toEqual(["once", "once", "once", "once"]);
  expect(patience.pauses).toEqual([500, 500, 500]);
  expect(await airflow.get("/version")).toEqual({ asked: "/api/v2/version", as: "Bearer session" });
});

it("one that does not start is given up when the patience is over, with its last answer", async () => {
  const { url, tokens } = await webServer(() => 503);
  const patience = clock(2_000);
  await expect(airflowClient({ url, token: "once" }, patience)).rejects.toMatchObject({
    name: "Failure",
    message: "Airflow refused the sign-in (HTTP 503)",
    why: "Not now.",
  });
  expect([tokens.length, patience.now()]).toEqual([5, 2_000]);
});

it("any other refusal is not asked again: the token is used up", async () => {
  const { url, tokens } = await webServer(() => 403);
  await expect(airflowClient({ url, token: "once" }, clock(50_000))).rejects.toMatchObject({
    message: "Airflow refused the sign-in (HTTP 403)",
  });
  expect(tokens).toHaveLength(1);
});
