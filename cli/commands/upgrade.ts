// hangar upgrade: to which Airflow versions an environment can be brought, and what that changes.
import { callApi } from "../api-client.ts";
import { noteWarnings, type OptionWarning } from "../configuration.ts";
import { noteSupport, type Support } from "../environments.ts";
import { result, table } from "../print.ts";
import { targetOf } from "../region-process.ts";

interface Upgrades {
  readonly AirflowVersion: string;
  readonly Support?: Support;
  readonly Upgrades: readonly {
    readonly To: string;
    readonly Reachable: boolean;
    readonly Reason?: string;
    readonly Hops: readonly {
      readonly From: string;
      readonly To: string;
      readonly How: string;
      readonly Reason: string;
    }[];
    readonly ReleasedUpstream: string | null;
    readonly Warnings: readonly OptionWarning[];
  }[];
}

/** Prints a table, newest version first; what is to be said about options goes to stderr, or with --json to where the API has it. */
export async function list(home: string, environment: string, options: { json?: boolean }): Promise<void> {
  const path = `/environments/${encodeURIComponent(environment)}/upgrades`;
  const found = await callApi<Upgrades>(targetOf(home), "GET", path);
  if (options.json) return result(JSON.stringify(found, null, 2));
  const rows = found.Upgrades.map(({ To, Reachable, Reason, Hops, ReleasedUpstream }) => [
    To,
    ReleasedUpstream ?? "",
    Reachable ? [found.AirflowVersion, ...Hops.map((hop) => hop.To)].join(" > ") : "no way",
    Reachable ? noteOf(Hops) : (Reason ?? ""),
  ]);
  result(table(["airflow", "released", "way", "note"], rows));
  noteSupport(found.Support);
  for (const { Warnings } of found.Upgrades) noteWarnings(Warnings);
}

/** Each hop is an upgrade of its own: of several, the first is the one that can be had now. */
function noteOf(hops: readonly { readonly To: string; readonly Reason: string }[]): string {
  const [first, ...more] = hops;
  if (!first) return "";
  return more.length > 0 ? `${hops.length} upgrades, ${first.To} first. ${first.Reason}` : first.Reason;
}
