// hangar env access: who gets which Airflow role in an environment.
import { readFileSync } from "node:fs";
import { callApi } from "../api-client.ts";
import { exitCodes, Failure } from "../failure.ts";
import { result, table } from "../print.ts";
import { targetOf } from "../region-process.ts";

interface AccessTable {
  readonly Entries: readonly { readonly Principal: string; readonly Role: string }[];
}

const pathOf = (name: string) => `/environments/${encodeURIComponent(name)}/access`;

/** Prints the table in the order in which it is read; with --json in the form `set` takes. */
export async function getAccess(home: string, name: string, options: { json?: boolean }): Promise<void> {
  const access = await callApi<AccessTable>(targetOf(home), "GET", pathOf(name));
  if (options.json) return result(JSON.stringify(access, null, 2));
  result(
    table(
      ["principal", "role"],
      access.Entries.map(({ Principal, Role }) => [Principal, Role]),
    ),
  );
}

/** Puts the table of a file in the place of the present one. @param file `-` reads what is piped in */
export async function setAccess(home: string, name: string, file: string): Promise<void> {
  const access = readTable(file);
  await callApi(targetOf(home), "PUT", pathOf(name), access);
  result(`${access.Entries.length} ${access.Entries.length === 1 ? "entry" : "entries"}`);
}

/** `{"Entries": […]}` or the list alone. */
function readTable(file: string): AccessTable {
  try {
    const value = JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8")) as unknown;
    const entries = Array.isArray(value) ? value : (value as AccessTable | null)?.Entries;
    if (Array.isArray(entries)) return { Entries: entries as AccessTable["Entries"] };
  } catch (cause) {
    throw notATable(file, cause);
  }
  throw notATable(file);
}

const notATable = (file: string, cause?: unknown): Failure =>
  new Failure(`${file === "-" ? "what was piped in" : file} is no access table`, {
    why: cause instanceof Error && "code" in cause ? cause.message : "it is not JSON with a list of Entries",
    fix: 'write {"Entries":[{"Principal":"arn:aws:iam::000000000000:user/*","Role":"Viewer"}]}',
    exitCode: exitCodes.usage,
    ...(cause === undefined ? {} : { cause }),
  });
