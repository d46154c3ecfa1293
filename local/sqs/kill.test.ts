import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { createSqsEngine } from "./engine.ts";
import { openForTest } from "./testing/open-for-test.ts";

it("every acknowledged send survives a kill -9 in the middle of sending", async () => {
  const { engine, context } = openForTest(createSqsEngine);
  await engine.close();
  const child = fork(fileURLToPath(new URL("./testing/kill-test-sender.ts", import.meta.url)), [context.folder], {
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const acknowledged = new Set<string>();
  child.on("message", (id: string) => {
    acknowledged.add(id);
    if (acknowledged.size === 300) child.kill("SIGKILL");
  });
  await once(child, "exit");
  expect(acknowledged.size).toBeGreaterThanOrEqual(300);
  const restarted = createSqsEngine({ ...context, now: Date.now });
  onTestFinished(() => restarted.close());
  const found = new Set<string>();
  const signal = new AbortController().signal;
  for (;;) {
    const messages = await restarted.receive("q", { maxMessages: 10, waitSeconds: 0, signal });
    if (messages.length === 0) break;
    for (const { messageId } of messages) found.add(messageId);
  }
  expect([...acknowledged].filter((id) => !found.has(id))).toEqual([]);
});
