// Carries out what layer-offer.ts decides: an upload nobody pinned is built off to the side, and rolled out by an update of
// its own. Called by the schedule and by upload events; safe to repeat, to run beside itself and to be cut off anywhere.
import { executionRoleOf } from "../domain/execution-role.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import { offerKey } from "../domain/layer.ts";
import {
  decideLayer,
  type LayerOffer,
  layersToRemove,
  type OfferDecision,
  offerOwner,
  parseOffer,
} from "../domain/layer-offer.ts";
import { fileWishes, type FoundFiles, planLayer, planRebuild } from "../domain/layer-wish.ts";
import { planLayerUpdate, syncCaller } from "../domain/plan-layer-update.ts";
import type { Pool } from "../domain/pool.ts";
import { executionName } from "../domain/sweep.ts";
import type { Clock, Identifiers } from "../ports/clock.ts";
import type { Containers } from "../ports/containers.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { Environments } from "../ports/environments.ts";
import type { Operations } from "../ports/operations.ts";
import type { SourceBuckets } from "../ports/source-buckets.ts";
import type { Workflows } from "../ports/workflows.ts";
import { findFiles } from "./file-lookup.ts";
import { copyFiles, observeBuild, startBuild, stopBuild } from "./layer-builder.ts";
import { logger } from "./logger.ts";

export interface OfferPorts {
  readonly environments: Environments;
  readonly operations: Operations;
  readonly workflows: Workflows;
  readonly sourceBuckets: SourceBuckets;
  readonly controlBucket: ControlBucket;
  readonly containers: Containers;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

/** Enough for: built, ready, rolled. */
const mostMoves = 5;

/** Moves an environment on towards the newest layer that can be built. @returns why it stopped there */
export async function offerLayer(name: string, ports: OfferPorts): Promise<string> {
  let reason = "it kept changing";
  for (let moves = 0; moves < mostMoves; moves++) {
    const environment = await ports.environments.get(name);
    if (!environment) return "the environment is gone";
    const wishes = fileWishes(environment.settings);
    if (wishes.length === 0) return "no file is named";
    const found = await findFiles(wishes, ports.sourceBuckets.as(executionRoleOf(environment)));
    const stored = await readOffer(environment, ports);
    const decision = decideLayer({
      environment,
      wishes,
      found,
      offer: stored?.offer,
      build: await seenBuild(environment, stored?.offer, ports),
      operation: stored?.offer.operationId ? await ports.operations.get(stored.offer.operationId) : undefined,
      now: ports.clock.now(),
    });
    reason = decision.reason;
    if (decision.act === "nothing") return reason;
    logger.info("layer", { environment: name, act: decision.act, reason });
    await carryOut(environment, found, stored, decision, ports);
  }
  return reason;
}

/** What is offered, for the API to show. */
export async function readOffer(
  { names }: Pick<EnvironmentItem, "names">,
  { controlBucket }: { readonly controlBucket: ControlBucket },
): Promise<{ readonly offer: LayerOffer; readonly etag: string } | undefined> {
  const found = await controlBucket.getLayerText(names.prefix, offerKey);
  return found && { offer: parseOffer(found.text), etag: found.etag };
}

/** Removes layers of an environment that nothing runs, offers or plans, a few at a time. */
export async function removeOldLayers(environment: EnvironmentItem, ports: OfferPorts): Promise<void> {
  if (environment.operationId !== null || environment.status === "DELETING") return; // its plan may name any of them
  const layers = await ports.controlBucket.listLayers(environment.names.prefix);
  const stored = await readOffer(environment, ports);
  const used = [environment.layer?.key, stored?.offer.layer?.key];
  if (layersToRemove(layers, used, ports.clock.now()).length === 0) return;
  // built for the way back; an older one is built again of its files, which stay
  const { recent = [] } =
    (await ports.environments.getRelease(environment.name, environment.environmentId))?.layer ?? {};
  for (const key of layersToRemove(layers, [...used, ...recent], ports.clock.now())) {
    logger.info("layer removed: nothing uses it", { environment: environment.name, key });
    await ports.controlBucket.empty(`${environment.names.prefix}layers/${key}/`);
  }
}

type Stored = Awaited<ReturnType<typeof readOffer>>;

async function seenBuild(environment: EnvironmentItem, offer: LayerOffer | undefined, ports: OfferPorts) {
  if (offer?.state !== "building" || !offer.layer) return { task: null, result: undefined };
  return observeBuild(environment, offer.layer.key, ports, offerOwner(offer));
}

async function carryOut(
  environment: EnvironmentItem,
  found: FoundFiles,
  stored: Stored,
  decision: Exclude<OfferDecision, { readonly act: "nothing" }>,
  ports: OfferPorts,
): Promise<void> {
  const put = (offer: LayerOffer) =>
    ports.controlBucket.putLayerText(environment.names.prefix, offerKey, JSON.stringify(offer), stored?.etag ?? null);
  if (decision.act === "write") await put(decision.offer);
  else if (decision.act === "build") await build(environment, found, decision, put, ports);
  else if (decision.act === "start") await restart(environment, stored!.offer, ports);
  else await roll(environment, stored!.offer, put, ports);
  // a delete that came in between may have emptied the prefix, and looked for a build, before there was one
  const now = await ports.environments.get(environment.name);
  if (now?.environmentId === environment.environmentId && now.status !== "DELETING") return;
  await stopBuild(environment, undefined, ports);
  await ports.controlBucket.empty(environment.names.prefix);
}

type Put = (offer: LayerOffer) => Promise<boolean>;

async function build(
  environment: EnvironmentItem,
  found: FoundFiles,
  { number, wanted }: { readonly number: number; readonly wanted: string },
  put: Put,
  ports: OfferPorts,
): Promise<void> {
  const plan = planLayer(environment, found, ports.pool);
  if (plan.kind !== "build") return;
  const layer = await copyFiles(environment, plan.build, ports);
  const more = { state: "building", lost: 0, operationId: null, error: null, at: ports.clock.now() } as const;
  const offer: LayerOffer = { number, wanted, layer, ...more };
  if (!(await put(offer))) return; // somebody else is at it
  await startBuild(environment, plan.build, layer, plan.task, offerOwner(offer), ports);
}

async function restart(environment: EnvironmentItem, offer: LayerOffer, ports: OfferPorts): Promise<void> {
  if (!offer.layer) return;
  const plan = planRebuild(environment, offer.layer, ports.pool);
  if (plan.kind !== "build") return;
  await startBuild(environment, plan.build, offer.layer, plan.task, offerOwner(offer), ports);
}

/** The offer names the operation before there is one: an update that fails is found by it, and not tried again. */
async function roll(environment: EnvironmentItem, offer: LayerOffer, put: Put, ports: OfferPorts): Promise<void> {
  const planned = planLayerUpdate({
    environment,
    layer: offer.layer,
    reason: "A newer version was uploaded; packages are loaded when a component starts.",
    pool: ports.pool,
    operationId: ports.identifiers.operationId(),
    caller: syncCaller,
    now: ports.clock.now(),
  });
  const { operation } = planned;
  const { operationId } = operation;
  if (!(await put({ ...offer, state: "rolling", operationId, at: ports.clock.now() }))) return;
  await ports.operations.create(operation);
  try {
    await ports.environments.replace(planned.environment, environment.generation);
  } catch (error) {
    if (error instanceof Error && error.name === "ConcurrentChange") return; // decided anew, later
    throw error;
  }
  await ports.workflows.start(operation.kind, executionName(operation), { operationId, attempt: 1 });
}
