// Temporary credentials on disk: they must outlive a restart, because tasks hold them for hours.
import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { RoleSession } from "./assume-role.ts";
import { uniqueId } from "./principal.ts";

/** The keys of one session, and whom they stand for. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch from which the keys are no longer good. */
  readonly expiration: number;
  /** e.g. `arn:aws:sts::000000000000:assumed-role/reader/session` */
  readonly arn: string;
}

export const sessionSchema = `
CREATE TABLE IF NOT EXISTS sessions (
  access_key_id TEXT PRIMARY KEY, secret_access_key TEXT NOT NULL, session_token TEXT NOT NULL,
  expiration INTEGER NOT NULL, arn TEXT NOT NULL, role_arn TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS sessions_by_expiration ON sessions (expiration);`;

/** Expired keys stay known for a day, so that their holder is told `ExpiredToken` and not that they never existed. */
const keptAfterExpirationMilliseconds = 86_400_000;

export interface SessionStore {
  open(session: RoleSession, now: number): SessionCredentials;
  find(accessKeyId: string): SessionCredentials | undefined;
}

/** Opens the table of sessions. */
export function openSessionStore(database: DatabaseSync): SessionStore {
  const insert = database.prepare("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)");
  const select = database.prepare("SELECT * FROM sessions WHERE access_key_id = ?");
  const forget = database.prepare("DELETE FROM sessions WHERE expiration < ?");
  return {
    open(session, now) {
      const credentials: SessionCredentials = {
        accessKeyId: uniqueId("ASIA", randomBytes(32).toString("hex")),
        secretAccessKey: randomBytes(30).toString("base64"),
        sessionToken: randomBytes(192).toString("base64"),
        // Whole seconds: that is all the wire carries.
        expiration: Math.floor(now / 1000 + session.durationSeconds) * 1000,
        arn: session.assumedRoleArn,
      };
      const { accessKeyId, secretAccessKey, sessionToken, expiration, arn } = credentials;
      forget.run(now - keptAfterExpirationMilliseconds);
      insert.run(accessKeyId, secretAccessKey, sessionToken, expiration, arn, session.roleArn);
      return credentials;
    },
    find(accessKeyId) {
      const row = select.get(accessKeyId);
      return (
        row && {
          accessKeyId: String(row["access_key_id"]),
          secretAccessKey: String(row["secret_access_key"]),
          sessionToken: String(row["session_token"]),
          expiration: Number(row["expiration"]),
          arn: String(row["arn"]),
        }
      );
    },
  };
}
