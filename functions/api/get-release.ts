// Extension: GET /environments/{Name}/releases/{Number}. One release with its files, and what differs from another.
import { GetReleaseRequest } from "../../shared/domain/extension-requests.ts";
import { releaseDetails } from "../../shared/domain/release-view.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { readInstalled } from "../../shared/runtime/layer-lookup.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { findRelease, findReleases, needManifest, type ReleasePorts } from "../../shared/runtime/release-lookup.ts";

export const handler = apiHandler(GetReleaseRequest, getRelease, () => ({
  environments: environments(),
  controlBucket: controlBucket(),
}));

/** `Against` names the release it is compared with: what was before. */
export async function getRelease(request: GetReleaseRequest, ports: ReleasePorts) {
  const releases = await findReleases(request.Name, ports);
  const manifestOf = ({ manifest }: { readonly manifest: string }) =>
    needManifest(releases.environment, manifest, ports.controlBucket);
  const found = await findRelease(releases, request.Number, ports);
  const other = request.Against === undefined ? undefined : await findRelease(releases, request.Against, ports);
  const { environment } = releases;
  const [manifest, against, layer, layerAgainst] = await Promise.all([
    manifestOf(found),
    other && manifestOf(other),
    readInstalled(environment, found, ports),
    other && readInstalled(environment, other, ports),
  ]);
  const compared = other && against && { manifest: against, number: other.number, layer: layerAgainst };
  return releaseDetails(found.view, manifest, { prefix: request.Path ?? "", layer, against: compared });
}
