// What the ECS engine needs from its surroundings: each member is a port, so that tests give small ones of their own.

/** An image, ready to run: what a task process gets from it. Images are virtual environments, not container layers. */
export interface TaskImage {
  /** Absolute folders put in front of PATH, first one first. */
  readonly pathEntries: readonly string[];
  /** Variables the image sets, as ENV lines of a Dockerfile would. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where a task of a service with a load balancer can be reached. */
export interface Target {
  readonly taskArn: string;
  readonly address: string;
  readonly port: number;
}

/** A secret of a task definition (`valueFrom`), taken apart; the JSON key is looked up by the engine. */
export interface SecretReference {
  /** Name or ARN, as Secrets Manager's GetSecretValue takes it. */
  readonly secretId: string;
  readonly versionStage?: string;
  readonly versionId?: string;
}

export interface EcsOptions {
  /** Makes the image ready (may build it, which can take long). Rejects with a sentence: it becomes the stopped reason. */
  readonly images: { resolve(image: string): Promise<TaskImage> };
  /** The secret's text. Rejects with a sentence: it becomes the stopped reason, so it must not hold the secret. */
  readonly secret: (reference: SecretReference) => Promise<string>;
  /** The variables that make a task sign as its role: AWS_ACCESS_KEY_ID and so on. */
  readonly credentials: (taskRoleArn: string | undefined, taskId: string) => Promise<Readonly<Record<string, string>>>;
  /** What this machine adds to the variables of a task of a role: caches, say. The lowest of all that name the same. */
  readonly machineVariables?: (taskRoleArn: string | undefined) => Promise<Readonly<Record<string, string>>>;
  /** The region's address for `AWS_ENDPOINT_URL`, asked at each launch: the port may differ after a restart. */
  readonly endpointUrl: () => string;
  /** Where the front door serves `metadata()`, without a slash at the end, e.g. `http://127.0.0.1:4566/_hangar/task`. */
  readonly metadataBaseUrl: () => string;
  /** The load balancer's target groups. Both calls are repeated after a restart and must bear it. */
  readonly targets: {
    register(targetGroupArn: string, target: Target): Promise<void>;
    deregister(targetGroupArn: string, target: Target): Promise<void>;
  };
  /** MiB that new tasks may still use; the default reads MemAvailable. */
  readonly availableMemory?: () => number;
  /** One line for the region's log. Never holds a secret. */
  readonly log?: (line: string) => void;
}
