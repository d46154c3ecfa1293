// The region's own long-lived access keys: made once, at first start, and kept in one file only the user can read.
import { randomBytes, randomInt } from "node:crypto";
import { chmodSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { closeSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** `operator` is the person at the keyboard; `functions` and `tasks` are the roles of the two kinds of process we run. */
export type PrincipalName = "operator" | "functions" | "tasks";

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
}

const principalNames: readonly PrincipalName[] = ["operator", "functions", "tasks"];

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
  for (const name of missing) keys[name] = makeKey(principalArn(name, accountId));
  if (missing.length > 0) writeAtomically(file, `${JSON.stringify(keys, null, 2)}\n`);
  const complete = keys as Record<PrincipalName, AccessKey>;
  const byId = new Map(principalNames.map((name) => [complete[name].accessKeyId, complete[name]]));
  return { named: (name) => complete[name], find: (accessKeyId) => byId.get(accessKeyId) };
}

function principalArn(name: PrincipalName, accountId: string): string {
  if (name === "operator") return `arn:aws:iam::${accountId}:user/operator`;
  return `arn:aws:sts::${accountId}:assumed-role/hangar-${name}/one-machine`;
}

/** A key of the form AWS issues: 20 characters of the base-32 alphabet, and a secret of 40 base-64 characters. */
function makeKey(arn: string): AccessKey {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let accessKeyId = "AKIA";
  while (accessKeyId.length < 20) accessKeyId += alphabet[randomInt(alphabet.length)];
  return { accessKeyId, secretAccessKey: randomBytes(30).toString("base64"), arn };
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
