// hangar env tag, untag: tags of an environment.
import { callApi } from "../api-client.ts";
import { needEnvironment } from "../environments.ts";
import { exitCodes, Failure } from "../failure.ts";
import { result } from "../print.ts";
import { targetOf } from "../region-process.ts";

/** Sets tags; others stay. @param pairs `key=value` each */
export async function tag(home: string, name: string, pairs: readonly string[]): Promise<void> {
  const tags = Object.fromEntries(pairs.map(pairOf));
  const target = targetOf(home);
  const { Arn } = await needEnvironment(target, name);
  await callApi(target, "POST", `/tags/${encodeURIComponent(Arn)}`, { Tags: tags });
  result(Arn);
}

/** Takes tags away; a key that is not there does no harm. */
export async function untag(home: string, name: string, keys: readonly string[]): Promise<void> {
  const target = targetOf(home);
  const { Arn } = await needEnvironment(target, name);
  const query = new URLSearchParams(keys.map((key): [string, string] => ["tagKeys", key]));
  await callApi(target, "DELETE", `/tags/${encodeURIComponent(Arn)}?${query}`);
  result(Arn);
}

/** `key=value`; the value may hold `=` too. @throws Failure */
export function pairOf(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new Failure(`${text} is no key=value`, { fix: "write key=value, one for each", exitCode: exitCodes.usage });
}
