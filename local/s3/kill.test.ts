import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { contentFiles, startEngine } from "./testing/listening-engine.ts";
import { rawRequest } from "./testing/raw-request.ts";

const entry = join(import.meta.dirname, "testing/listening-process.ts");

test("after kill -9 under load every acknowledged put is readable, has its event, and nothing half-written is left", {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "hangar-s3-kill-"));
  const acknowledged = new Map<string, string>();
  try {
    for (let round = 0; round < 3; round += 1) await putUntilKilled(folder, round, acknowledged);
    const engine = await startEngine(folder);
    try {
      for (const [key, body] of acknowledged) {
        const { status, text } = await engine.send("GET", `/bucket/${key}`);
        expect({ key, status, same: text === body }).toEqual({ key, status: 200, same: true });
      }
      const told = new Set(engine.listener.pendingEvents(0, 1_000_000).map(({ event }) => keyOf(event.detail)));
      expect([...acknowledged.keys()].filter((key) => !told.has(key))).toEqual([]);
    } finally {
      await engine.stop();
    }
    // Stopped: the sweep has run. Every file that stayed belongs to an object, acknowledged or not.
    const reopened = await startEngine(folder);
    const listed = await reopened.send("GET", "/bucket?list-type=2&max-keys=1000");
    await reopened.stop();
    expect(listed.text).toContain("<IsTruncated>false</IsTruncated>");
    // Those of up to 16 KiB stand in the index.
    const sizes = [...listed.text.matchAll(/<Size>(\d+)<\/Size>/g)].map((match) => Number(match[1]));
    expect(contentFiles(folder)).toHaveLength(sizes.filter((size) => size > 16 * 1024).length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function keyOf(detail: Readonly<Record<string, unknown>>): string {
  return (detail["object"] as { key: string }).key;
}

// Puts small and large objects, eight at a time, and kills the process in the middle of them.
async function putUntilKilled(folder: string, round: number, acknowledged: Map<string, string>): Promise<void> {
  const child = spawn(process.execPath, [entry, folder], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(line.toString());
  await rawRequest(port, "PUT", "/bucket");
  let done = 0;
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let count = 0; count < 1000; count += 1) {
      const key = `${round}-${writer}-${count}`;
      const body = key.repeat(count % 5 === 0 ? 40_000 : 20);
      const status = await rawRequest(port, "PUT", `/bucket/${key}`, { body }).then(
        (answer) => answer.status,
        () => "cut",
      );
      if (status === "cut") return;
      expect(status).toBe(200);
      acknowledged.set(key, body);
      done += 1;
      if (done === 100) child.kill("SIGKILL");
    }
  });
  await Promise.all(writers);
  await ended;
  expect(done).toBeGreaterThanOrEqual(100);
}
