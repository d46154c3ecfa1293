import { createServer } from "node:net";
import { expect, it } from "vitest";
import { freeHostPort } from "./host-ports.ts";

it("gives no port that was handed out or that somebody listens on", async () => {
  const first = await freeHostPort(new Set(), 0.25);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(first, "127.0.0.1", resolve));
  const second = await freeHostPort(new Set(), 0.25);
  const third = await freeHostPort(new Set([second]), 0.25);
  await new Promise((resolve) => server.close(resolve));
  expect(new Set([first, second, third]).size).toBe(3);
});

it("stays below the ports the system gives to outgoing connections, wherever it begins", async () => {
  for (const start of [0, 0.5, 0.9999]) {
    const port = await freeHostPort(new Set(), start);
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_000);
  }
});
