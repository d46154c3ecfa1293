// Every step function as the machines call it, over ports of the caller's choosing.
import { checkCanary } from "../../functions/steps/check-canary.ts";
import { buildLayer } from "../../functions/steps/build-layer.ts";
import { checkLayer } from "../../functions/steps/check-layer.ts";
import { checkServices } from "../../functions/steps/check-services.ts";
import { checkServicesGone } from "../../functions/steps/check-services-gone.ts";
import { checkTemplate } from "../../functions/steps/check-template.ts";
import { cloneDatabases } from "../../functions/steps/clone-databases.ts";
import { commitOperation } from "../../functions/steps/commit-operation.ts";
import { createQueue } from "../../functions/steps/create-queue.ts";
import { createSecrets } from "../../functions/steps/create-secrets.ts";
import { deleteQueue } from "../../functions/steps/delete-queue.ts";
import { deleteSecrets } from "../../functions/steps/delete-secrets.ts";
import { deployServices } from "../../functions/steps/deploy-services.ts";
import { dropDatabases } from "../../functions/steps/drop-databases.ts";
import { migrateTemplate } from "../../functions/steps/migrate-template.ts";
import { publishAfterCommit } from "../../functions/steps/publish-control.ts";
import { publishFirstRelease } from "../../functions/steps/publish-first-release.ts";
import { putAlarms } from "../../functions/steps/put-alarms.ts";
import { removeAlarms } from "../../functions/steps/remove-alarms.ts";
import { removeServices } from "../../functions/steps/remove-services.ts";
import { removeStorage } from "../../functions/steps/remove-storage.ts";
import { checkDrained } from "../../functions/steps/check-drained.ts";
import { drainWorkers } from "../../functions/steps/drain-workers.ts";
import { limitConnections } from "../../functions/steps/limit-connections.ts";
import { retireServices } from "../../functions/steps/retire-services.ts";
import { scaleServices } from "../../functions/steps/scale-services.ts";
import { checkImage } from "../../functions/steps/check-image.ts";
import { prepareGeneration } from "../../functions/steps/prepare-generation.ts";
import { pauseScheduling } from "../../functions/steps/pause-scheduling.ts";
import { checkPaused } from "../../functions/steps/check-paused.ts";
import { stopServices } from "../../functions/steps/stop-services.ts";
import { checkStopped } from "../../functions/steps/check-stopped.ts";
import { closeDoor } from "../../functions/steps/close-door.ts";
import { markInterrupted } from "../../functions/steps/mark-interrupted.ts";
import { copyDatabase } from "../../functions/steps/copy-database.ts";
import { checkCopied } from "../../functions/steps/check-copied.ts";
import { migrateDatabase } from "../../functions/steps/migrate-database.ts";
import { checkMigrated } from "../../functions/steps/check-migrated.ts";
import { requeueTasks } from "../../functions/steps/requeue-tasks.ts";
import { openEnvironment } from "../../functions/steps/open-environment.ts";
import { retireGeneration } from "../../functions/steps/retire-generation.ts";
import { settle } from "../../functions/steps/settle-operation.ts";
import type { FunctionName } from "../../functions/wiring.ts";
import { type CheckStep, type EffectStep, type StepEvent, stepHandler } from "../../shared/runtime/step-handler.ts";
import type { AllPorts } from "../../shared/testing/memory-world.ts";

/** What the Lambda service hands to a function beside its event. */
export interface InvocationContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

type Step = EffectStep<AllPorts, never> | CheckStep<AllPorts, never>;

const steps = {
  "build-layer": buildLayer,
  "check-layer": checkLayer,
  "check-canary": checkCanary,
  "check-services": checkServices,
  "check-services-gone": checkServicesGone,
  "check-template": checkTemplate,
  "clone-databases": cloneDatabases,
  "commit-operation": commitOperation,
  "create-queue": createQueue,
  "create-secrets": createSecrets,
  "delete-queue": deleteQueue,
  "delete-secrets": deleteSecrets,
  "deploy-services": deployServices,
  "drop-databases": dropDatabases,
  "migrate-template": migrateTemplate,
  "publish-control": publishAfterCommit,
  "put-alarms": putAlarms,
  "remove-alarms": removeAlarms,
  "publish-first-release": publishFirstRelease,
  "remove-services": removeServices,
  "remove-storage": removeStorage,
  "check-drained": checkDrained,
  "drain-workers": drainWorkers,
  "limit-connections": limitConnections,
  "retire-services": retireServices,
  "scale-services": scaleServices,
  "prepare-generation": prepareGeneration,
  "check-image": checkImage,
  "pause-scheduling": pauseScheduling,
  "check-paused": checkPaused,
  "stop-services": stopServices,
  "check-stopped": checkStopped,
  "close-door": closeDoor,
  "mark-interrupted": markInterrupted,
  "copy-database": copyDatabase,
  "check-copied": checkCopied,
  "migrate-database": migrateDatabase,
  "check-migrated": checkMigrated,
  "requeue-tasks": requeueTasks,
  "open-environment": openEnvironment,
  "retire-generation": retireGeneration,
} satisfies Partial<Record<FunctionName, unknown>>;

/** Calls a step function. @throws Error with the name the machine matches */
export function callStep(
  name: string,
  event: StepEvent,
  context: InvocationContext,
  ports: AllPorts,
): Promise<unknown> {
  if (name === "settle-operation") return settle(event, ports);
  const step = (steps as Record<string, unknown>)[name] as Step | undefined;
  if (!step) throw new Error(`${name} is no step function.`);
  return stepHandler(step as EffectStep<AllPorts>, () => ports)(event, context);
}
