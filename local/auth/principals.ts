// Users and roles of the region with their policies and access keys, in one file only its owner may read. Written before
// it is believed: what has been answered survives `kill -9`, and a key is gone the moment its revocation is answered.
import { randomBytes, randomInt } from "node:crypto";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { writeFileAtomically } from "../loadbalancer/atomic-file.ts";
import type { PolicyDocument } from "./policy-grammar.ts";

export interface StoredKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

export interface Principal {
  readonly createdAt: string;
  /** By the policy's name. */
  readonly policies: Readonly<Record<string, PolicyDocument>>;
  /** Only users have keys. */
  readonly keys: readonly StoredKey[];
}

/** `user/<name>` or `role/<name>`. */
export type PrincipalId = `user/${string}` | `role/${string}`;

export interface PrincipalStore {
  get(id: PrincipalId): Principal | undefined;
  list(): readonly (readonly [id: PrincipalId, principal: Principal])[];
  /** Who holds this key, or undefined when the region never issued it, or has revoked it. */
  holder(accessKeyId: string): { readonly id: PrincipalId; readonly key: StoredKey } | undefined;
  /** Writes the principal, durably; undefined removes it. */
  put(id: PrincipalId, principal: Principal | undefined): void;
}

/**
 * Opens the file; an absent one is an empty one.
 * @throws Error when the file exists but cannot be read: principals are never silently forgotten
 */
export function openPrincipals(file: string): PrincipalStore {
  let principals = existsSync(file) ? read(file) : new Map<PrincipalId, Principal>();
  let holders = indexed(principals);
  return {
    get: (id) => principals.get(id),
    list: () => [...principals].sort(([a], [b]) => (a < b ? -1 : 1)),
    holder: (accessKeyId) => holders.get(accessKeyId),
    put(id, principal) {
      const changed = new Map(principals);
      if (principal === undefined) changed.delete(id);
      else changed.set(id, principal);
      const text = JSON.stringify({ version: 1, principals: Object.fromEntries(changed) }, null, 2);
      writeFileAtomically(file, `${text}\n`, { mode: 0o600 });
      principals = changed;
      holders = indexed(changed);
    },
  };
}

/** A key of the form AWS issues: 20 characters of the base-32 alphabet, and a secret of 40 base-64 characters. */
export function makeKey(): { readonly accessKeyId: string; readonly secretAccessKey: string } {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let accessKeyId = "AKIA";
  while (accessKeyId.length < 20) accessKeyId += alphabet[randomInt(alphabet.length)];
  return { accessKeyId, secretAccessKey: randomBytes(30).toString("base64") };
}

function indexed(principals: ReadonlyMap<PrincipalId, Principal>) {
  return new Map(
    [...principals].flatMap(([id, { keys }]) => keys.map((key) => [key.accessKeyId, { id, key }] as const)),
  );
}

function read(file: string): Map<PrincipalId, Principal> {
  const advice =
    "Restore it from a copy, or delete it while the region is down: its users and their keys are then gone.";
  chmodSync(file, 0o600);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new Error(`The access file ${file} cannot be read as JSON. ${advice}`, { cause });
  }
  const { version, principals } = (value ?? {}) as { version?: unknown; principals?: unknown };
  if (version !== 1 || principals === null || typeof principals !== "object") {
    throw new Error(`The access file ${file} is not of version 1. ${advice}`);
  }
  const entries = Object.entries(principals as Record<string, Principal>);
  const damaged = entries.find(([id, principal]) => !/^(user|role)\/./.test(id) || !isPrincipal(principal));
  if (damaged) throw new Error(`"${damaged[0]}" in the access file ${file} is incomplete. ${advice}`);
  return new Map(entries as [PrincipalId, Principal][]);
}

function isPrincipal(value: unknown): value is Principal {
  const { createdAt, policies, keys } = (value ?? {}) as Partial<Principal>;
  const complete = (key: Partial<StoredKey> | null) =>
    [key?.accessKeyId, key?.secretAccessKey, key?.createdAt].every((part) => typeof part === "string" && part !== "");
  return (
    typeof createdAt === "string" &&
    typeof policies === "object" &&
    policies !== null &&
    Object.values(policies).every((policy) => typeof policy === "object" && policy?.Statement !== undefined) &&
    Array.isArray(keys) &&
    keys.every(complete)
  );
}
