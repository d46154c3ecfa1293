// A served ECS engine for the contract suite, with small ports: any image is this machine, secrets come from a table.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateClusterCommand, ECSClient } from "@aws-sdk/client-ecs";
import { createEcsEngine, type EcsEngine } from "../../../local/ecs/engine.ts";
import type { EcsOptions, Target } from "../../../local/ecs/options.ts";
import { clientDefaults, contractCaller, type ServedEngine, serve } from "../serve.ts";

export const SECRET_VALUE = "s3cret-of-the-contract-suite";
export const SECRET_ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:suite-AbCdEf";

export interface Region {
  readonly folder: string;
  readonly engine: EcsEngine;
  readonly client: ECSClient;
  /** Target group ARN → what is registered now. */
  readonly targets: Map<string, Target[]>;
  /** Closes the engine as a clean end of its process would, and opens it again over the same folder. */
  reopen(): Promise<void>;
  /** Stops every task, closes, removes the folder. */
  end(): Promise<void>;
}

/** The ports of the suite; `targets` remembers registrations. */
export function suiteOptions(targets: Map<string, Target[]>, url: () => string): EcsOptions {
  return {
    images: {
      resolve: (image) =>
        image === "suite:missing"
          ? Promise.reject(new Error("suite:missing cannot be built: no such version"))
          : Promise.resolve({ pathEntries: ["/suite/bin"], environment: { FROM_IMAGE: "yes" } }),
    },
    secret: async ({ secretId }) => {
      if (secretId !== SECRET_ARN) throw new Error(`Secrets Manager can't find the specified secret ${secretId}`);
      return JSON.stringify({ password: SECRET_VALUE });
    },
    credentials: async (role) => ({
      AWS_ACCESS_KEY_ID: `key-of-${role ?? "nobody"}`,
      AWS_SECRET_ACCESS_KEY: "task-key",
    }),
    endpointUrl: url,
    metadataBaseUrl: () => `${url()}/_hangar/task`,
    targets: {
      register: async (group, target) => {
        targets.set(group, [...(targets.get(group) ?? []).filter((one) => one.taskArn !== target.taskArn), target]);
      },
      deregister: async (group, target) => {
        targets.set(
          group,
          (targets.get(group) ?? []).filter((one) => one.taskArn !== target.taskArn),
        );
      },
    },
  };
}

/** Opens a region in a new folder, with the cluster `pool` made. `change` replaces ports. */
export async function openRegion(change: Partial<EcsOptions> = {}, now: () => number = Date.now): Promise<Region> {
  const folder = await mkdtemp(join(tmpdir(), "hangar-ecs-"));
  const targets = new Map<string, Target[]>();
  let served: ServedEngine;
  const options = { ...suiteOptions(targets, () => served.url), ...change };
  const context = { folder, region: clientDefaults.region, accountId: contractCaller.accountId, now };
  const open = async () => {
    const engine = createEcsEngine(context, options);
    served = await serve(engine);
    await engine.start();
    return { engine, client: new ECSClient({ ...clientDefaults, endpoint: served.url }) };
  };
  let { engine, client } = await open();
  await client.send(new CreateClusterCommand({ clusterName: "pool" }));
  return {
    folder,
    targets,
    get engine() {
      return engine;
    },
    get client() {
      return client;
    },
    reopen: async () => {
      await served.close();
      await engine.close();
      ({ engine, client } = await open());
    },
    end: async () => {
      await engine.stopAll({ graceSeconds: 0 });
      await served.close();
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
