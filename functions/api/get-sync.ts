// Extension: GET /environments/{Name}/sync. Where every file of the DAG folder stands, from the bucket to Airflow.
import { GetSyncRequest } from "../../shared/domain/extension-requests.ts";
import { syncView } from "../../shared/domain/sync-view.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { findReleases, type ReleasePorts } from "../../shared/runtime/release-lookup.ts";
import { readSync } from "../../shared/runtime/sync-lookup.ts";

interface Ports extends ReleasePorts {
  readonly clock: Clock;
}

export const handler = apiHandler(GetSyncRequest, getSync, () => ({
  environments: environments(),
  controlBucket: controlBucket(),
  clock: clock(),
}));

/** As much as fits into an answer; `NextToken` goes on with the files after that. */
export async function getSync(request: GetSyncRequest, { environments, controlBucket, clock }: Ports) {
  const { environment, item } = await findReleases(request.Name, { environments, controlBucket });
  const sources = item && (await readSync(environment, item, { controlBucket, now: clock.now() }));
  return syncView(environment, sources, { path: request.Path ?? "", token: request.NextToken });
}
