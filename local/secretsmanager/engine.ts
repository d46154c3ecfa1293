// The Secrets Manager engine: versioned values in one owner-only file, durable before the reply. No rotation, no KMS.
import { join } from "node:path";
import type { Engine, EngineContext } from "../engine.ts";
import { answerJson } from "../json-protocol.ts";
import { openDatabase } from "../sqlite.ts";
import { secretOperations } from "./secret-operations.ts";
import { secretSchema } from "./secret-store.ts";
import { valueOperations } from "./value-operations.ts";
import { createVault } from "./vault.ts";

export interface SecretsManagerEngine extends Engine {
  /** The current text of a living secret, by name or ARN (with or without its six random characters), if it has one. */
  value(secretIdOrArn: string): string | undefined;
}

/** Opens the secrets of a folder. */
export function createSecretsManagerEngine(context: EngineContext): SecretsManagerEngine {
  // A secret is written once and needed for the life of what it opens, and rarely: wait for the disk.
  const database = openDatabase(join(context.folder, "secrets.sqlite"), "FULL", secretSchema);
  const vault = createVault(database, context.now);
  const operations = { ...valueOperations(vault, context), ...secretOperations(vault, context) };
  return {
    signingNames: ["secretsmanager"],
    handle: (request) => answerJson("1.1", operations, request),
    value(secretIdOrArn) {
      const secret = vault.store.find(secretIdOrArn);
      if (!secret || secret.deletedAt > 0) return undefined;
      return vault.store.versions(secret.name).find((version) => version.stages.includes("AWSCURRENT"))?.text;
    },
    async close() {
      if (database.isOpen) database.close();
    },
  };
}
