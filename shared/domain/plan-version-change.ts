// UpdateEnvironment that names another AirflowVersion, as a decision: whatever else it names is merged and made part of the
// upgrade, so that a version comes with the requirements, options and class it needs.
import { checkOptions, checkSettings, settingsOfUpdate } from "./environment-settings.ts";
import { bucketFit, canUpdate, sourceFit } from "./gates.ts";
import type { EnvironmentItem, OperationItem } from "./items.ts";
import { newOperation } from "./new-operation.ts";
import type { UpdateInput } from "./plan-update.ts";
import { imageOf, onlyHop, planUpgrade, type UpgradePlan } from "./plan-upgrade.ts";
import type { UpdateEnvironmentRequest } from "./requests.ts";
import { transition } from "./status.ts";
import { layerOfUpdate } from "./update-layer.ts";
import { snapshotVersions } from "./upgrade-outcome.ts";

/** Whether a request is one for an upgrade: CloudFormation names the version in every update, changed or not. */
export const changesVersion = (environment: EnvironmentItem, { AirflowVersion }: UpdateEnvironmentRequest): boolean =>
  AirflowVersion !== undefined && AirflowVersion !== environment.settings.airflowVersion;

export interface PlannedVersionChange {
  readonly environment: EnvironmentItem;
  readonly operation: OperationItem;
  /** The operation's own. */
  readonly plan: UpgradePlan;
}

/**
 * Plans the upgrade a request asks for. The version is looked at first: a refusal says where the environment can go.
 * @throws HangarError of the catalogue, before anything is written
 */
export function planVersionChange(input: UpdateInput): PlannedVersionChange {
  const { environment, request, pool, now } = input;
  canUpdate(environment);
  const to = request.AirflowVersion ?? environment.settings.airflowVersion;
  const target = { to, pool, snapshots: snapshotVersions(environment, now) };
  onlyHop(environment, target);
  const merged = settingsOfUpdate(environment.settings, request, input.configuration);
  const settings = { ...merged, airflowVersion: to };
  if (input.bucket) {
    sourceFit(settings.sourceBucketArn, pool);
    bucketFit(settings.sourceBucketArn, input.bucket);
  }
  checkOptions(request.AirflowConfigurationOptions);
  checkSettings(settings, pool);
  const after = { settings, image: imageOf(to, pool) };
  const plan = planUpgrade({
    ...target,
    environment,
    settings,
    layer: layerOfUpdate(environment, after, request, input.found, pool),
    strategy: request.WorkerReplacementStrategy,
    operationId: input.operationId,
  });
  return begun(plan, input);
}

/** An accepted upgrade or restore: the record that points to its operation, and the operation. */
export function begun(
  plan: UpgradePlan,
  input: Pick<UpdateInput, "environment" | "operationId" | "caller" | "now">,
): PlannedVersionChange {
  const { environment, operationId, now } = input;
  return {
    plan,
    environment: {
      ...environment,
      status: transition(environment.status, "update-accepted"),
      generation: environment.generation + 1,
      operationId,
      operationKind: "upgrade-environment",
      resourceGeneration: plan.generation.to,
      lastUpdate: { status: "PENDING", createdAt: now, workerReplacementStrategy: plan.strategy },
    },
    operation: newOperation({
      ...input,
      plan,
      environmentName: environment.name,
      environmentId: environment.environmentId,
    }),
  };
}
