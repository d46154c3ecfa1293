// The STS engine: who am I, and keys that expire for a role. Roles themselves are taken as written; no IAM stands behind.
import { join } from "node:path";
import type { Engine, EngineContext } from "../engine.ts";
import type { JsonOperation } from "../json-protocol.ts";
import { openDatabase } from "../sqlite.ts";
import { readRoleSession } from "./assume-role.ts";
import { principalId } from "./principal.ts";
import { answerQuery, type QueryService } from "./query-protocol.ts";
import { openSessionStore, type SessionCredentials, sessionSchema } from "./session-store.ts";

export interface StsEngine extends Engine {
  /**
   * The keys of a session by their access key id, for the front door to verify a signature with. Also given for a day
   * after they expired: compare `expiration` with the clock and answer `ExpiredToken`.
   */
  sessionCredentials(accessKeyId: string): SessionCredentials | undefined;
  /** AssumeRole for code in process (the keys of a task). @throws ServiceError ValidationError */
  assumeRole(request: {
    readonly roleArn: string;
    readonly sessionName: string;
    readonly durationSeconds?: number;
  }): SessionCredentials;
}

const service: QueryService = {
  namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
  version: "2011-06-15",
  answersJson: true,
};

/** Opens the sessions of a folder. */
export function createStsEngine(context: EngineContext): StsEngine {
  const { now } = context;
  // Losing the newest session to a power cut means asking for another: that is worth no wait for the disk.
  const database = openDatabase(join(context.folder, "sessions.sqlite"), "NORMAL", sessionSchema);
  const sessions = openSessionStore(database);
  const operations: Readonly<Record<string, JsonOperation>> = {
    GetCallerIdentity: (_input, { caller }) => ({
      Arn: caller.arn,
      UserId: principalId(caller.arn),
      Account: caller.accountId,
    }),
    AssumeRole(input, { caller }) {
      const opened = sessions.open(readRoleSession(input, caller.accessKeyId.startsWith("ASIA")), now());
      return {
        AssumedRoleUser: { AssumedRoleId: principalId(opened.arn), Arn: opened.arn },
        Credentials: {
          AccessKeyId: opened.accessKeyId,
          SecretAccessKey: opened.secretAccessKey,
          SessionToken: opened.sessionToken,
          Expiration: new Date(opened.expiration),
        },
      };
    },
  };
  return {
    signingNames: ["sts"],
    handle: (request) => answerQuery(service, operations, request),
    sessionCredentials: sessions.find,
    assumeRole({ roleArn, sessionName, durationSeconds }) {
      const input = {
        RoleArn: roleArn,
        RoleSessionName: sessionName,
        ...(durationSeconds === undefined ? {} : { DurationSeconds: String(durationSeconds) }),
      };
      return sessions.open(readRoleSession(input, false), now());
    },
    async close() {
      if (database.isOpen) database.close();
    },
  };
}
