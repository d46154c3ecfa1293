// Secrets and their versions on disk, in a file only its owner may read. Knows nothing of protocols.
import type { DatabaseSync } from "node:sqlite";

/** A secret without its values; times are milliseconds since the epoch, 0 for never. */
export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly kmsKeyId: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly accessedAt: number;
  /** When DeleteSecret was called, 0 for a living secret. */
  readonly deletedAt: number;
  /** When it is gone for good; only with `deletedAt`. */
  readonly goneAt: number;
}

/** One value of a secret: text, or bytes as base64. */
export interface SecretVersion {
  readonly id: string;
  readonly text: string | undefined;
  readonly binary: string | undefined;
  readonly stages: readonly string[];
  readonly createdAt: number;
}

export const secretSchema = `
CREATE TABLE IF NOT EXISTS secrets (
  name TEXT PRIMARY KEY, arn TEXT NOT NULL UNIQUE, description TEXT, kms_key_id TEXT, tags TEXT NOT NULL,
  created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, accessed_at INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL, gone_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS versions (
  secret TEXT NOT NULL REFERENCES secrets (name) ON DELETE CASCADE, id TEXT NOT NULL, sequence INTEGER NOT NULL,
  value_text TEXT, value_binary TEXT, stages TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (secret, id)
) STRICT;
PRAGMA secure_delete = ON;`;

/** A version no label points to is kept among the newest this many. */
const keptWithoutLabel = 100;

export interface SecretStore {
  /** By name, by ARN, or by ARN without its six random characters. */
  find(nameOrArn: string): Secret | undefined;
  put(secret: Secret): void;
  remove(name: string): void;
  /** Removes what is past its recovery window. */
  removeGone(now: number): void;
  all(): readonly Secret[];
  versions(name: string): readonly SecretVersion[];
  /** Writes a version, new or with other labels. Drops the oldest of those without any label. */
  putVersion(name: string, version: SecretVersion): void;
}

/** Opens the tables of secrets. */
export function openSecretStore(database: DatabaseSync): SecretStore {
  const select = database.prepare(
    "SELECT * FROM secrets WHERE name = ?1 OR arn = ?1 OR substr(arn, 1, length(arn) - 7) = ?1",
  );
  const upsert = database.prepare(
    `INSERT INTO secrets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET
       description = excluded.description, kms_key_id = excluded.kms_key_id, tags = excluded.tags,
       changed_at = excluded.changed_at, accessed_at = excluded.accessed_at, deleted_at = excluded.deleted_at,
       gone_at = excluded.gone_at`,
  );
  const remove = database.prepare("DELETE FROM secrets WHERE name = ?");
  const removeGone = database.prepare("DELETE FROM secrets WHERE deleted_at > 0 AND gone_at <= ?");
  const all = database.prepare("SELECT * FROM secrets ORDER BY created_at DESC, name");
  const versions = database.prepare("SELECT * FROM versions WHERE secret = ? ORDER BY sequence DESC");
  const putVersion = database.prepare(
    `INSERT INTO versions VALUES (?, ?, (SELECT coalesce(max(sequence), 0) + 1 FROM versions WHERE secret = ?1),
       ?, ?, ?, ?) ON CONFLICT (secret, id) DO UPDATE SET stages = excluded.stages`,
  );
  const dropOld = database.prepare(
    `DELETE FROM versions WHERE secret = ?1 AND stages = '[]' AND id NOT IN (
       SELECT id FROM versions WHERE secret = ?1 AND stages = '[]' ORDER BY sequence DESC LIMIT ?2)`,
  );
  return {
    find(nameOrArn) {
      const row = select.get(nameOrArn);
      return row && secretOf(row);
    },
    put(secret) {
      const { name, arn, description, kmsKeyId, tags, createdAt, changedAt, accessedAt, deletedAt, goneAt } = secret;
      const texts = [name, arn, description ?? null, kmsKeyId ?? null, JSON.stringify(tags)] as const;
      upsert.run(...texts, createdAt, changedAt, accessedAt, deletedAt, goneAt);
    },
    remove(name) {
      remove.run(name);
    },
    removeGone(now) {
      removeGone.run(now);
    },
    all: () => all.all().map(secretOf),
    versions: (name) => versions.all(name).map(versionOf),
    putVersion(name, { id, text, binary, stages, createdAt }) {
      putVersion.run(name, id, text ?? null, binary ?? null, JSON.stringify(stages), createdAt);
      dropOld.run(name, keptWithoutLabel);
    },
  };
}

function secretOf(row: Record<string, unknown>): Secret {
  return {
    name: String(row["name"]),
    arn: String(row["arn"]),
    description: (row["description"] as string | null) ?? undefined,
    kmsKeyId: (row["kms_key_id"] as string | null) ?? undefined,
    tags: JSON.parse(String(row["tags"])),
    createdAt: Number(row["created_at"]),
    changedAt: Number(row["changed_at"]),
    accessedAt: Number(row["accessed_at"]),
    deletedAt: Number(row["deleted_at"]),
    goneAt: Number(row["gone_at"]),
  };
}

function versionOf(row: Record<string, unknown>): SecretVersion {
  return {
    id: String(row["id"]),
    text: (row["value_text"] as string | null) ?? undefined,
    binary: (row["value_binary"] as string | null) ?? undefined,
    stages: JSON.parse(String(row["stages"])),
    createdAt: Number(row["created_at"]),
  };
}
