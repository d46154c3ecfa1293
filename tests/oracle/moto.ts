// Starts a moto server from the test tools' virtual environment on a free loopback port, and stops that very process.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";

const executable = fileURLToPath(new URL("../../.venv/tools/bin/moto_server", import.meta.url));
const startLimitMilliseconds = 30_000;

/** Starts moto and waits until it answers. @throws when it is missing, ends, or does not answer within 30 s */
export async function startMoto(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(executable, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    server.once("exit", () => resolve());
    server.once("error", () => resolve());
  });
  const stop = async () => {
    server.kill("SIGKILL");
    await ended;
  };
  const deadline = performance.now() + startLimitMilliseconds;
  while (performance.now() < deadline) {
    if (server.exitCode !== null || server.pid === undefined) break;
    const answered = await fetch(`${url}/moto-api/data.json`).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return { url, stop };
    await pause(100);
  }
  await stop();
  throw new Error(`moto did not start from ${executable}: run the test set-up that installs 'moto[server]' there.`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
