// hangar status: what runs here.
import { findEnvironment, listEnvironments } from "../environments.ts";
import { result, table } from "../print.ts";
import { runningRegion, targetOf } from "../region-process.ts";

/** The region and its environments; exit 0 also when nothing runs. */
export async function status(home: string, options: { json?: boolean }): Promise<void> {
  const region = runningRegion(home);
  if (!region) {
    result(
      options.json
        ? JSON.stringify({ region: null, environments: [] })
        : `No region runs in ${home}. Start it: npx hangar up`,
    );
    return;
  }
  const target = targetOf(home);
  const found = await Promise.all((await listEnvironments(target)).map((name) => findEnvironment(target, name)));
  const environments = found.filter((environment) => environment !== undefined);
  if (options.json) {
    result(JSON.stringify({ region: { url: region.url, pid: region.pid, home }, environments }));
    return;
  }
  result(`region  ${region.url}  process ${region.pid}  state in ${home}`);
  if (environments.length)
    result(
      table(
        ["name", "status", "airflow", "address"],
        environments.map((one) => [one.Name, one.Status, one.AirflowVersion, `http://${one.WebserverUrl}`]),
      ),
    );
}
