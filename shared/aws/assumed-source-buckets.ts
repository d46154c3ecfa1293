// Users' buckets under the execution role of each environment: one S3 client a role, with keys from STS. The SDK keeps a
// client's keys in the process and asks anew five minutes before they end.
import type { S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import type { ErrorCode } from "../domain/errors.ts";
import { type ExecutionRole, roleRefused } from "../domain/execution-role.ts";
import type { SourceBuckets, SourceReader } from "../ports/source-buckets.ts";
import { s3SourceReader } from "./s3-source-buckets.ts";

/** Temporary keys, as the SDK's clients take them. */
export interface RoleKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

interface Clients {
  /** Signs as the function itself. */
  readonly sts: Pick<STSClient, "send">;
  /** An S3 client that signs with these keys; asked once a role. */
  readonly s3: (keys: () => Promise<RoleKeys>) => S3Client;
}

/** A pool has at most as many environments as its quota; more roles than that in one process are not worth keeping. */
const mostRoles = 100;

/** @param principal whom a refused role is told to trust */
export function assumedSourceBuckets({ sts, s3 }: Clients, principal: string): SourceBuckets {
  const readers = new Map<string, SourceReader>();
  return {
    as(role) {
      const key = JSON.stringify([role.roleArn, role.externalId, role.sessionName]);
      const known = readers.get(key);
      const reader = known ?? s3SourceReader(s3(() => assume(sts, role, principal)));
      readers.delete(key); // and put last again: the first is the one not used for longest
      readers.set(key, reader);
      const oldest = readers.size > mostRoles ? readers.keys().next().value : undefined;
      if (oldest !== undefined) readers.delete(oldest);
      return reader;
    },
  };
}

/** STS's words for: not you, not so, not this role. What else goes wrong is worth another try. */
const refusals = new Set(["AccessDenied", "AccessDeniedException", "ValidationError", "InvalidParameterValue"]);

/** What one machine without room says, whichever service meets it; whoever asked is to read it (shared/domain/errors.ts). */
const storageFull = "StorageFull" satisfies ErrorCode;

/** @throws ExecutionRoleRefused; anything else without STS's status, which a caller could take for S3's */
async function assume(sts: Clients["sts"], role: ExecutionRole, principal: string): Promise<RoleKeys> {
  try {
    const { Credentials: keys } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: role.roleArn,
        ExternalId: role.externalId,
        RoleSessionName: role.sessionName,
      }),
    );
    return {
      accessKeyId: keys!.AccessKeyId!,
      secretAccessKey: keys!.SecretAccessKey!,
      sessionToken: keys!.SessionToken!,
      expiration: keys!.Expiration!,
    };
  } catch (cause) {
    if (cause instanceof Error && refusals.has(cause.name)) throw roleRefused(role, principal, cause);
    const why = cause instanceof Error ? cause.message : cause;
    const error = new Error(`STS gave no keys for ${role.roleArn}: ${why}`, { cause });
    if (cause instanceof Error && cause.name === storageFull) error.name = storageFull;
    throw error;
  }
}
