// hangar offerings: which Airflow versions and environment classes can be had here.
import { callApi } from "../api-client.ts";
import { result, table } from "../print.ts";
import { targetOf } from "../region-process.ts";

interface Size {
  readonly Vcpu: number;
  readonly MemoryGigabytes: number;
}
interface Offerings {
  readonly AirflowVersions: readonly {
    readonly Version: string;
    readonly Default: boolean;
    readonly Creatable: boolean;
    readonly Reason?: string;
    readonly Support?: { readonly State: string; readonly EndsUpstream: string | null };
  }[];
  readonly EnvironmentClasses: readonly {
    readonly Name: string;
    readonly Default: boolean;
    readonly TasksPerWorker: number;
    readonly Worker: Size;
    readonly Scheduler: Size;
    readonly Webserver: Size;
    readonly PricePerHour: { readonly Currency: string; readonly Environment: number } | null;
  }[];
}

/** Prints two tables, or what the API says with --json. */
export async function offerings(home: string, options: { json?: boolean }): Promise<void> {
  const offered = await callApi<Offerings>(targetOf(home), "GET", "/offerings");
  if (options.json) return result(JSON.stringify(offered, null, 2));
  const versions = offered.AirflowVersions.map((one) => [
    one.Version,
    one.Creatable ? (one.Default ? "default" : "yes") : `no: ${one.Reason ?? "no reason given"}`,
    supportText(one.Support),
  ]);
  const classes = offered.EnvironmentClasses.map((one) => [
    one.Default ? `${one.Name} (default)` : one.Name,
    String(one.TasksPerWorker),
    ...[one.Worker, one.Scheduler, one.Webserver].map((size) => `${size.Vcpu} / ${size.MemoryGigabytes} GB`),
    one.PricePerHour ? `${one.PricePerHour.Environment} ${one.PricePerHour.Currency}` : "",
  ]);
  result(table(["airflow", "to be had", "support"], versions));
  result("");
  result(table(["class", "tasks/worker", "worker", "scheduler", "webserver", "price/hour"], classes));
}

function supportText(support: Offerings["AirflowVersions"][number]["Support"]): string {
  if (!support?.EndsUpstream) return "";
  return `${support.State === "ENDED" ? "ended" : "ends"} ${support.EndsUpstream}`;
}
