// The long-lived access keys of the region. Its own four are made once, at first start, and kept in one file only the
// user can read; those of the users people made stand in another beside it, with their policies.
import { chmodSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { closeSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Authority, createAuthority } from "../auth/authority.ts";
import { makeKey, openPrincipals, type PrincipalStore } from "../auth/principals.ts";

/** `operator` is the person at the keyboard; the others are the roles of the kinds of process we run. */
export type PrincipalName = "operator" | "functions" | "tasks" | "builders";

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** What GetCallerIdentity answers for this key. */
  readonly arn: string;
}

export interface CredentialStore {
  /** The key of a principal; every principal has exactly one. */
  named(name: PrincipalName): AccessKey;
  /** The key with this id, or undefined: the front door then answers as AWS does for a key it never issued. */
  find(accessKeyId: string): AccessKey | undefined;
  /** What the holders of keys may do. */
  readonly authority: Authority;
  /** Users with keys and policies, and the policies of roles. */
  readonly principals: PrincipalStore;
}

/** The file of users and policies, beside the region's own keys. */
export const principalsFileOf = (credentialsFile: string): string => join(dirname(credentialsFile), "access.json");

const principalNames: readonly PrincipalName[] = ["operator", "functions", "tasks", "builders"];

/**
 * Opens the key file, making it (mode 0600, written aside and renamed) when it is not there yet. A principal that an
 * older file lacks is added; keys once made never change.
 * @param file absolute path; its folder is made when missing
 * @throws Error when the file exists but is no key file: keys are never silently replaced, clients hold them
 */
export function openCredentials(file: string, accountId = "000000000000"): CredentialStore {
  const keys: Partial<Record<PrincipalName, AccessKey>> = existsSync(file) ? parse(file) : {};
  if (existsSync(file)) chmodSync(file, 0o600);
  const missing = principalNames.filter((name) => keys[name] === undefined);
  for (const name of missing) keys[name] = { ...makeKey(), arn: principalArn(name, accountId) };
  if (missing.length > 0) writeAtomically(file, `${JSON.stringify(keys, null, 2)}\n`);
  const complete = keys as Record<PrincipalName, AccessKey>;
  const byId = new Map(principalNames.map((name) => [complete[name].accessKeyId, complete[name]]));
  const principals = openPrincipals(principalsFileOf(file));
  return {
    named: (name) => complete[name],
    find(accessKeyId) {
      const own = byId.get(accessKeyId);
      if (own) return own;
      const holder = principals.holder(accessKeyId);
      return holder && { ...holder.key, arn: `arn:aws:iam::${accountId}:${holder.id}` };
    },
    authority: createAuthority(principals),
    principals,
  };
}

function principalArn(name: PrincipalName, accountId: string): string {
  if (name === "operator") return `arn:aws:iam::${accountId}:user/operator`;
  return `arn:aws:sts::${accountId}:assumed-role/hangar-${name}/one-machine`;
}

function parse(file: string): Partial<Record<PrincipalName, AccessKey>> {
  const advice = "Restore it from a copy, or delete it: new keys are then made, and old ones stop working.";
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new Error(`The access key file ${file} cannot be read as JSON. ${advice}`, { cause });
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Error(`The access key file ${file} holds no keys. ${advice}`);
  }
  const keys: Partial<Record<PrincipalName, AccessKey>> = {};
  for (const name of principalNames) {
    const key: unknown = (value as Record<string, unknown>)[name];
    if (key === undefined) continue;
    if (!isAccessKey(key)) throw new Error(`The key "${name}" in ${file} is incomplete. ${advice}`);
    keys[name] = { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey, arn: key.arn };
  }
  return keys;
}

function isAccessKey(value: unknown): value is AccessKey {
  if (value === null || typeof value !== "object") return false;
  const key = value as Record<string, unknown>;
  return [key["accessKeyId"], key["secretAccessKey"], key["arn"]].every(
    (part) => typeof part === "string" && part !== "",
  );
}

function writeAtomically(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}.new`;
  const descriptor = openSync(aside, "w", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(aside, file);
}
