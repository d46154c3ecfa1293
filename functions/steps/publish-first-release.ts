// Makes release 1 from the source bucket, and the first control document. Undo empties the environment's prefix.
import { HangarError } from "../../shared/domain/errors.ts";
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { SourceBuckets } from "../../shared/ports/source-buckets.ts";
import { publishControl } from "../../shared/runtime/control-publisher.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { publishRelease } from "../../shared/runtime/release-publisher.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly clock: Clock;
  readonly environments: Environments;
  readonly sourceBuckets: SourceBuckets;
  readonly controlBucket: ControlBucket;
}

export const publishFirstRelease: EffectStep<Ports, CreatePlan> = {
  async run({ operation }, ports) {
    const environment = await ports.environments.get(operation.environmentName);
    if (environment?.environmentId !== operation.environmentId) throw new Error("The environment's record is gone.");
    const item = await publishRelease(environment, ports);
    if (!item) throw new Error("The environment's record is gone.");
    await publishControl(operation, ports);
    return { release: item.release.id };
  },
  async undo({ operation, plan }, { controlBucket, environments }) {
    await environments.removeRelease(operation.environmentName, operation.environmentId);
    if (!(await controlBucket.empty(plan.names.prefix)))
      throw new HangarError("DependencyUnavailable", "The prefix is not empty yet.");
  },
};

export const handler = stepHandler(publishFirstRelease, () => ({
  operations: operations(),
  clock: clock(),
  environments: environments(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
}));
