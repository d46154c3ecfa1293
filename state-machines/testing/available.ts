// An environment that is there: created by the real ladder on the in-memory world, with keys that really sign.
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { CreateEnvironmentRequest } from "../../shared/domain/requests.ts";
import type { MemoryWorld } from "../../shared/testing/memory-world.ts";
import { askToCreate, emptyWorld } from "./requests.ts";
import { runLadder } from "./run-ladder.ts";

/**
 * A world with `first` AVAILABLE in it, made by the caller of `requests.ts`.
 * @param files what lies in its bucket besides, by key
 * @returns also its record, and a store's whole content as text: what a refusal must leave as it is
 */
export async function availableWorld(
  request: Partial<CreateEnvironmentRequest> = {},
  files: Readonly<Record<string, string>> = {},
) {
  const world = emptyWorld();
  for (const [key, text] of Object.entries(files)) world.sourceBuckets.upload("my-dags", key, text);
  await askToCreate(world, request);
  await runLadder(world, "first");
  const record = (await world.environments.get("first"))!;
  return { world, record, stored: () => storedText(world) };
}

/** Everything durable outside the containers, as text. */
export const storedText = (world: MemoryWorld): string =>
  JSON.stringify([
    [...world.environments.items],
    [...world.environments.releases],
    [...world.operations.items],
    [...world.controlBucket.objects].map(([key, { etag }]) => [key, etag]),
    [...world.workflows.executions],
    [...world.containers.services],
    [...world.secretVault.secrets],
  ]);

/** Gives the environment a key pair that signs. @returns what verifies its tokens */
export function withSigningKeys(world: MemoryWorld, signInSecret: string): KeyObject {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  world.secretVault.secrets.set(signInSecret, {
    publicKey: Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url").toString("base64"),
    privateKey: privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"),
  });
  return publicKey;
}
