// Items for the suites: whole enough to be stored and read back, small enough to read.
import type { EnvironmentItem, OperationItem, ReleaseItem } from "../../../shared/domain/items.ts";
import type { Manifest } from "../../../shared/domain/release.ts";
import type { ServiceSpec, TaskSpec } from "../../../shared/domain/service-specs.ts";

/** An environment that is being created by the operation `operation-of-<name>`. */
export function environmentItem(name: string, changes: Partial<EnvironmentItem> = {}): EnvironmentItem {
  const item = {
    schemaVersion: 2,
    name,
    environmentId: `id-of-${name}`,
    arn: `arn:aws:airflow:us-east-1:000000000000:environment/${name}`,
    poolId: "default",
    status: "CREATING",
    generation: 1,
    operationId: `operation-of-${name}`,
    operationKind: "create-environment",
    createdAt: 1_800_000_000_000,
    createdBy: "arn:aws:iam::000000000000:user/operator",
    requestHash: "0".repeat(64),
    settings: {
      airflowVersion: "3.3.1",
      subnetIds: ["subnet-1"],
      configuration: null,
      kmsKey: undefined,
      minWorkers: 1,
    },
    layer: null,
    tags: { team: "data", empty: "" },
    names: { prefix: `environments/${name}/` },
    collapsed: [],
    lastUpdate: { status: "PENDING", createdAt: 1_800_000_000_000 },
    ...changes,
  };
  return item as unknown as EnvironmentItem;
}

export function operationItem(operationId: string, changes: Partial<OperationItem> = {}): OperationItem {
  const item = {
    operationId,
    kind: "create-environment",
    environmentName: "first",
    environmentId: "id-of-first",
    generation: 1,
    createdAt: 1_800_000_000_000,
    createdBy: "arn:aws:iam::000000000000:user/operator",
    ladderVersion: 1,
    plan: { type: "create-environment", services: [], layer: { kind: "keep", layer: null } },
    attempt: 1,
    attemptStartedAt: 1_800_000_000_000,
    endedAt: null,
    direction: "forward",
    undoFrom: null,
    lease: null,
    journal: { "run:create-secrets": { startedAt: 1, endedAt: 2, output: { deep: [1, null, "x"] } } },
    idleAttempts: 0,
    outcome: null,
    failure: null,
    ...changes,
  };
  return item as unknown as OperationItem;
}

export function releaseItem(
  environmentName: string,
  number: number,
  environmentId = `id-of-${environmentName}`,
): ReleaseItem {
  const release = {
    id: `r${number}-aaaaaaaa`,
    number,
    manifest: `releases/r${number}.json`,
    contentHash: "a".repeat(64),
    createdAt: 1,
  };
  return {
    environmentName,
    environmentId,
    generation: number,
    release,
    candidate: null,
    seen: release.contentHash,
    lastNumber: number,
  };
}

export const manifest: Manifest = {
  id: "r1-aaaaaaaa",
  number: 1,
  createdAt: 1_800_000_000_000,
  files: [{ path: "Ordner/ä b.py", versionId: "v1", size: 3, sha256: "b".repeat(64) }],
};

/** A task that runs a shell script where tasks are processes. */
export function taskSpec(family: string, script: string): TaskSpec {
  return {
    family,
    image: "suite:1",
    command: ["/bin/sh", "-c", script],
    cpu: 256,
    memoryMegabytes: 512,
    environment: { HANGAR_ROLE: "suite", HANGAR_CONTROL_PREFIX: "environments/suite/" },
    secrets: {},
    secretName: "hangar/environments/suite",
    stopTimeoutSeconds: 2,
  };
}

export function serviceSpec(name: string, desiredCount: number, script = "sleep 1000"): ServiceSpec {
  return { role: "worker", name, desiredCount, behindAddress: false, task: taskSpec(name, script) };
}
