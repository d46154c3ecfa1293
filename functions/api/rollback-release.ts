// Extension: POST /environments/{Name}/releases/{Number}/rollback. The files of an earlier release go live under a new number.
import { HangarError } from "../../shared/domain/errors.ts";
import { RollbackReleaseRequest, type ReleaseRequest } from "../../shared/domain/extension-requests.ts";
import { notFound } from "../../shared/domain/gates.ts";
import { canRollBack, canServeAgain } from "../../shared/domain/release-rollback.ts";
import { entryView } from "../../shared/domain/release-view.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { findRelease, findReleases, type ReleasePorts } from "../../shared/runtime/release-lookup.ts";
import { repeatedRollback, serveAgain } from "../../shared/runtime/release-rollback.ts";

interface Ports extends ReleasePorts {
  readonly clock: Clock;
}

export const handler = apiHandler(RollbackReleaseRequest, rollbackRelease, () => ({
  environments: environments(),
  controlBucket: controlBucket(),
  clock: clock(),
}));

const attempts = 4;

/**
 * Moves the pointer; agents swap within seconds. Repeated while its own result runs, it answers the same. What others made
 * live meanwhile is not undone unseen.
 */
export async function rollbackRelease({ Name, Number: number }: ReleaseRequest, ports: Ports, caller: Caller) {
  let first: string | undefined;
  for (let tries = 0; tries < attempts; tries++) {
    const releases = await findReleases(Name, ports);
    canRollBack(releases.environment);
    const target = await findRelease(releases, number, ports);
    const item = releases.item!; // without one no release is found
    const repeated = await repeatedRollback(releases.environment, item, number, ports);
    if (repeated) return { Release: entryView(repeated, item) };
    canServeAgain(number, target.entry, item);
    first ??= item.release.id;
    if (first !== item.release.id) break;
    const moved = await serveAgain(releases.environment, item, target.manifest, { ...ports, by: caller.arn });
    if (moved === "gone") throw notFound(Name);
    if (moved !== "lost") return { Release: entryView(moved.history, moved.item) };
  }
  throw new HangarError("ConcurrentChange", "Another release went live meanwhile. Look at it, then try again.");
}
