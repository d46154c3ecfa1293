// The shapes the ECS engine keeps on disk. Times are milliseconds since the epoch; the wire shapes are made elsewhere.
import type { ProcessIdentity } from "../process-identity.ts";

export interface Tag {
  readonly key: string;
  readonly value?: string;
}

export interface ClusterRecord {
  readonly name: string;
  readonly arn: string;
  tags: Tag[];
}

export interface NameValue {
  readonly name: string;
  readonly value: string;
}

/** The one container of a task definition, as registered: members the engine acts on are typed, the rest is kept. */
export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly entryPoint?: readonly string[];
  readonly environment?: readonly NameValue[];
  readonly secrets?: readonly { readonly name: string; readonly valueFrom: string }[];
  readonly portMappings?: readonly { readonly containerPort: number; readonly protocol?: string }[];
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopTimeout?: number;
  readonly workingDirectory?: string;
  readonly cpu?: number;
  readonly memory?: number;
}

export interface DefinitionRecord {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  status: "ACTIVE" | "INACTIVE" | "DELETE_IN_PROGRESS";
  readonly container: ContainerDefinition;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  /** CPU units and MiB, as text, the way ECS answers them. */
  readonly cpu?: string;
  readonly memory?: string;
  /** Members of the request that change nothing here and are answered as they came (network mode, volumes …). */
  readonly asRegistered: Readonly<Record<string, unknown>>;
  readonly registeredAt: number;
  readonly registeredBy: string;
  deregisteredAt?: number;
  tags: Tag[];
}

export type TaskStatus = "PROVISIONING" | "PENDING" | "RUNNING" | "STOPPING" | "STOPPED";
export type StopCode =
  | "TaskFailedToStart"
  | "EssentialContainerExited"
  | "UserInitiated"
  | "ServiceSchedulerInitiated"
  | "TerminationNotice";

export interface TaskOverrides {
  readonly command?: readonly string[];
  readonly environment?: readonly NameValue[];
  readonly taskRoleArn?: string;
}

export interface TaskRecord {
  readonly id: string;
  readonly arn: string;
  readonly clusterArn: string;
  readonly definitionArn: string;
  /** Kept here too: a definition may be deleted before its stopped tasks are forgotten. */
  readonly containerName: string;
  /** `service:<name>` or `family:<name>`, or what RunTask was given. */
  readonly group: string;
  readonly serviceArn?: string;
  readonly deploymentId?: string;
  readonly startedBy?: string;
  readonly clientToken?: string;
  readonly launchType: string;
  readonly overrides: TaskOverrides;
  tags: Tag[];
  lastStatus: TaskStatus;
  desiredStatus: "RUNNING" | "STOPPED";
  version: number;
  readonly createdAt: number;
  pullStartedAt?: number;
  pullStoppedAt?: number;
  startedAt?: number;
  stoppingAt?: number;
  /** When SIGTERM reached the main process (or, for an interrupted run, was about to): the stop timeout runs from here. */
  signalledAt?: number;
  /** When the region, going down, asked the run of a one-off task to end. The task stays wanted and runs again. */
  interruptedAt?: number;
  /** When the processes were gone, while the load balancer may still have to be told. */
  processesEndedAt?: number;
  stoppedAt?: number;
  stopCode?: StopCode;
  stoppedReason?: string;
  exitCode?: number;
  /** Longest time between SIGTERM and SIGKILL for this stop, when shorter than the definition's. */
  stopWithinSeconds?: number;
  /** Who runs the command and writes down its exit code. Written before the command may start. */
  launcher?: ProcessIdentity;
  /** The folder (log included) is gone; the record stays for DescribeTasks. */
  folderRemoved?: boolean;
  ports: { readonly containerPort: number; readonly hostPort: number; readonly protocol: string }[];
  protectedUntil?: number;
}

export interface LoadBalancer {
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
}

export interface DeploymentRecord {
  readonly id: string;
  readonly definitionArn: string;
  readonly createdAt: number;
  updatedAt: number;
  /** Failures in a row and when the next start is allowed: the restart back-off. */
  failures: number;
  lastFailureAt: number;
  notBefore: number;
  failedTasks: number;
}

export interface ServiceRecord {
  readonly name: string;
  readonly arn: string;
  readonly clusterArn: string;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  desiredCount: number;
  readonly clientToken?: string;
  readonly requestHash: string;
  readonly loadBalancers: readonly LoadBalancer[];
  minimumHealthyPercent: number;
  maximumPercent: number;
  /** Newest first: the first is the PRIMARY one. */
  deployments: DeploymentRecord[];
  /** Newest first, twenty at most. */
  events: { readonly id: string; readonly createdAt: number; readonly message: string }[];
  steady: boolean;
  readonly createdAt: number;
  readonly createdBy: string;
  endedAt?: number;
  /** Members of the request that change nothing here and are answered as they came. */
  asRequested: Readonly<Record<string, unknown>>;
  tags: Tag[];
}

/** What a RunTask client token was used for. */
export interface TokenRecord {
  readonly requestHash: string;
  readonly taskArns: readonly string[];
  readonly usedAt: number;
}
