// After a commit: another layer gets its entry in the history, the release a restore goes back to goes live, what was uploaded
// meanwhile becomes a release, and the items
// are projected into the control document. No undo: all are projections that a reconciler repeats.
import type { OperationPlan } from "../../shared/domain/items.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { SourceBuckets } from "../../shared/ports/source-buckets.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { publishControl } from "../../shared/runtime/control-publisher.ts";
import { bringLayerLevel } from "../../shared/runtime/layer-noter.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { publishRelease } from "../../shared/runtime/release-publisher.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { serveWished } from "../../shared/runtime/wished-release.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly clock: Clock;
  readonly environments: Environments;
  readonly controlBucket: ControlBucket;
  readonly sourceBuckets: SourceBuckets;
}

export const publishAfterCommit: EffectStep<Ports, OperationPlan> = {
  async run({ operation, plan }, ports) {
    const environment = await ports.environments.get(operation.environmentName);
    if (environment?.environmentId !== operation.environmentId) return { epoch: null };
    await bringLayerLevel(environment, operation.createdBy, ports);
    const release = await serveWished(environment, plan, ports, operation.createdBy);
    await publishRelease(environment, ports);
    const epoch = (await publishControl(operation, ports)) ?? null;
    return release ? { epoch, release } : { epoch };
  },
};

export const handler = stepHandler(publishAfterCommit, () => ({
  operations: operations(),
  clock: clock(),
  environments: environments(),
  controlBucket: controlBucket(),
  sourceBuckets: sourceBuckets(),
}));
