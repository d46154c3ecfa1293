// Real time and real chance.
import { setTimeout } from "node:timers/promises";
import { generateKeyPairSync, randomBytes, randomInt } from "node:crypto";
import type { Clock, Identifiers } from "../ports/clock.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

/** The system's clock. */
export function systemClock(): Clock {
  return { now: () => Date.now(), wait: (milliseconds) => setTimeout(milliseconds) };
}

/** Identifiers and secrets from the system's cryptographic generator. */
export function systemIdentifiers(): Identifiers {
  return {
    environmentId: () => `e${letters(10)}`,
    operationId: () => letters(26),
    secret: (bytes) => randomBytes(bytes).toString("base64url"),
    signingKeys: () => {
      const { publicKey, privateKey } = generateKeyPairSync("ed25519");
      return {
        publicKey: Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url").toString("base64"),
        privateKey: privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"),
      };
    },
  };
}

const letters = (count: number): string =>
  Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join("");
