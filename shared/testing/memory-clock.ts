// Time that moves only when told to, and chance without surprise.
import type { Clock, Identifiers } from "../ports/clock.ts";

export interface MemoryClock extends Clock {
  advance(milliseconds: number): void;
}

/** @param start milliseconds since the epoch */
export function memoryClock(start: number): MemoryClock {
  let now = start;
  return {
    now: () => now,
    async wait(milliseconds) {
      now += milliseconds;
    },
    advance(milliseconds) {
      now += milliseconds;
    },
  };
}

/** Identifiers that count up: form and length of the real ones, never the same twice. */
export function memoryIdentifiers(): Identifiers {
  let drawn = 0;
  const next = (length: number) => (++drawn).toString(36).padStart(length, "0");
  return {
    environmentId: () => `e${next(10)}`,
    operationId: () => next(26),
    secret: (bytes) => Buffer.from(next(bytes)).toString("base64url"),
    signingKeys: () => ({ publicKey: next(44), privateKey: next(64) }),
  };
}
