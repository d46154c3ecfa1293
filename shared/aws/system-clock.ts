// Real time and real chance.
import { randomBytes, randomInt } from "node:crypto";
import type { Clock, Identifiers } from "../ports/clock.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

/** The system's clock. */
export function systemClock(): Clock {
  return { now: () => Date.now() };
}

/** Identifiers and secrets from the system's cryptographic generator. */
export function systemIdentifiers(): Identifiers {
  return {
    environmentId: () => `e${letters(10)}`,
    operationId: () => letters(26),
    secret: (bytes) => randomBytes(bytes).toString("base64url"),
  };
}

const letters = (count: number): string =>
  Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join("");
