// Finds an access key of this region by name, for `--key`. The region keeps its keys in files only its user may
// read; they are shown once and never asked of the region again.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exitCodes, Failure } from "./failure.ts";
import type { OperatorKey } from "./home.ts";
import { targetOf } from "./region-process.ts";

interface Stored {
  readonly principals?: Readonly<Record<string, { readonly keys: readonly OperatorKey[] }>>;
}

/** How to call the region of this home as somebody: as its operator when no key is named. @throws Failure */
export function targetAs(home: string, key: string | undefined): ReturnType<typeof targetOf> {
  const target = targetOf(home);
  return key === undefined ? target : { ...target, key: findKey(home, key) };
}

/**
 * The newest key of a user, or the key with this id.
 * @param name a user's name, `operator`, `functions`, `tasks`, or an access key id
 * @throws Failure when there is none, with the names there are
 */
export function findKey(home: string, name: string): OperatorKey {
  const own = Object.entries(read<Readonly<Record<string, OperatorKey>>>(join(home, "credentials.json")) ?? {});
  const { principals = {} } = read<Stored>(join(home, "access.json")) ?? {};
  const users = Object.entries(principals)
    .filter(([id, { keys }]) => id.startsWith("user/") && keys.length > 0)
    .map(([id, { keys }]) => [id.slice("user/".length), keys] as const);
  const all: (readonly [user: string, keys: readonly OperatorKey[]])[] = [
    ...own.map(([user, key]) => [user, [key]] as const),
    ...users,
  ];
  const found =
    all.find(([user]) => user === name)?.[1].at(-1) ??
    all.flatMap(([, keys]) => keys).find(({ accessKeyId }) => accessKeyId === name);
  if (found) return { accessKeyId: found.accessKeyId, secretAccessKey: found.secretAccessKey };
  throw new Failure(`there is no key of ${name} here`, {
    why: `keys are there of ${all.map(([user]) => user).join(", ") || "nobody"}`,
    fix: `npx hangar auth keys create --name ${name} --policy read-only`,
    exitCode: exitCodes.notFound,
  });
}

function read<Value>(file: string): Value | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Value;
  } catch {
    return undefined;
  }
}
