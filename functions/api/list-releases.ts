// Extension: GET /environments/{Name}/releases. What was made of the uploads, the newest first.
import { ListReleasesRequest } from "../../shared/domain/extension-requests.ts";
import { releasePage, releasesBelow } from "../../shared/domain/release-view.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { candidateChanges, findReleases, type ReleasePorts } from "../../shared/runtime/release-lookup.ts";

export const handler = apiHandler(ListReleasesRequest, listReleases, () => ({
  environments: environments(),
  controlBucket: controlBucket(),
}));

const pageSize = 25;

/** A page of releases, the candidate first; `NextToken` is absent at the end. */
export async function listReleases(request: ListReleasesRequest, ports: ReleasePorts) {
  const { below, chains } = releasesBelow(request.NextToken);
  const { environment, item } = await findReleases(request.Name, ports);
  if (!item) return { Releases: [] };
  const limit = request.MaxResults ?? pageSize;
  const { prefix } = environment.names;
  const isFirst = below === undefined;
  const [entries, changes, kept] = await Promise.all([
    ports.controlBucket.listHistory(prefix, below, limit + 1),
    isFirst ? candidateChanges(item, prefix, ports.controlBucket) : undefined,
    isFirst ? ports.controlBucket.keptBlobs(prefix) : undefined,
  ]);
  return releasePage(item, entries, { below, chains, limit, changes, kept });
}
