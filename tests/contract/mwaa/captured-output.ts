// What the functions and the region write to their logs, taken while a test runs.
import { vi } from "vitest";
import { logger } from "../../../shared/runtime/logger.ts";

/** Turns every log line on and keeps it. `stop` puts everything back. */
export function captureOutput(): { text(): string; clear(): void; stop(): void } {
  let lines: string[] = [];
  const take = (chunk: unknown) => {
    lines.push(String(chunk));
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockImplementation(take));
  const before = logger.getLevelName();
  logger.setLogLevel("DEBUG");
  return {
    text: () => lines.join(""),
    clear() {
      lines = [];
    },
    stop() {
      logger.setLogLevel(before);
      for (const spy of spies) spy.mockRestore();
    },
  };
}
