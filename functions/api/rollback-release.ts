// Extension: POST /environments/{Name}/releases/{Number}/rollback. The files of an earlier release go live under a new number;
// with `Layers` its plugins, requirements and startup script come back, too, by a graceful update. One that ran on another
// Airflow version alone is gone back to by a restore, which this call only plans (`DryRun`).
import { HangarError } from "../../shared/domain/errors.ts";
import { RollbackReleaseRequest } from "../../shared/domain/extension-requests.ts";
import { notFound } from "../../shared/domain/gates.ts";
import { canTakeLayer, layerAnswer, type LayerStanding, mayBeLayerAlone } from "../../shared/domain/layer-rollback.ts";
import { canRollBackHere, planRollback, rollbackView } from "../../shared/domain/plan-rollback.ts";
import { canRollBack, canServeAgain } from "../../shared/domain/release-rollback.ts";
import { entryView } from "../../shared/domain/release-view.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { type LayerRollbackPorts, readStanding, takeLayer } from "../../shared/runtime/layer-rollback.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";
import { findRelease, findReleases, type ReleasePorts } from "../../shared/runtime/release-lookup.ts";
import { rollbackInput } from "../../shared/runtime/rollback-decision.ts";
import { repeatedRollback, runsAlready, serveAgain } from "../../shared/runtime/release-rollback.ts";

type Ports = ReleasePorts & LayerRollbackPorts;

/** The plan of a dry run, or what is live now, what is said of its layer, and the update that takes it. */
interface RollbackAnswer {
  readonly Plan?: ReturnType<typeof rollbackView>;
  readonly Release?: Readonly<Record<string, unknown>>;
  readonly Layer?: ReturnType<typeof layerAnswer>["Layer"];
  readonly OperationId?: string | undefined;
}

export const handler = apiHandler(RollbackReleaseRequest, rollbackRelease, () => ({
  environments: environments(),
  operations: operations(),
  workflows: workflows(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/**
 * Moves the pointer; agents swap within seconds. Then starts the update, where layers are asked for and another one runs:
 * whether it may is asked before the pointer moves. Repeated, it goes on where it was cut off. With `DryRun` it answers what
 * it would do.
 */
export async function rollbackRelease(
  request: RollbackReleaseRequest,
  ports: Ports,
  caller: Caller,
): Promise<RollbackAnswer> {
  const { Name, Number: number, Layers = false } = request;
  const { environment, item } = await findReleases(Name, ports);
  canRollBack(environment);
  const { entry } = await findRelease({ environment, item }, number, ports);
  canServeAgain(number, entry, item!); // without one no release is found
  const before = await readStanding(environment, entry, ports);
  const input = await rollbackInput(request, { environment, item: item!, entry, standing: before.standing }, ports);
  const plan = planRollback(input);
  if (request.DryRun) return { Plan: rollbackView(plan, input) };
  canRollBackHere(plan, request);
  if (Layers) canTakeLayer(environment, before.standing, number);
  const Release = await filesAgain(request, before.standing, ports, caller);
  const operationId = Layers && entry ? await takeLayer(Name, entry, ports, caller) : before.operationId;
  return { Release, ...layerAnswer(operationId ? "ROLLING" : Layers ? "SAME" : before.standing, request, operationId) };
}

const attempts = 4;

/**
 * The files of the release, live under a new number; what others made live meanwhile is not undone unseen.
 * @param standing of its layer: where that is to come back, the same files may run already
 * @returns the view of what runs then
 */
async function filesAgain(request: RollbackReleaseRequest, standing: LayerStanding, ports: Ports, caller: Caller) {
  const { Name, Number: number } = request;
  let first: string | undefined;
  for (let tries = 0; tries < attempts; tries++) {
    const releases = await findReleases(Name, ports);
    canRollBack(releases.environment);
    const target = await findRelease(releases, number, ports);
    const item = releases.item!;
    const repeated = await repeatedRollback(releases.environment, item, number, ports);
    if (repeated) return entryView(repeated, item);
    canServeAgain(number, target.entry, item);
    const runs = await runsAlready(releases.environment, item, target.manifest, ports);
    if (runs && mayBeLayerAlone(request, standing, releases.environment))
      return (await findRelease(releases, item.release.number, ports)).view;
    first ??= item.release.id;
    if (first !== item.release.id) break;
    const asked = { key: target.manifest, to: number };
    const moved = await serveAgain(releases.environment, item, asked, { ...ports, by: caller.arn });
    if (moved === "gone") throw notFound(Name);
    if (moved !== "lost") return entryView(moved.history, moved.item);
  }
  throw new HangarError("ConcurrentChange", "Another release went live meanwhile. Look at it, then try again.");
}
