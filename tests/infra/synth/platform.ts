// The unpacked SST platform (stacks/prepare.mjs) and the Pulumi runtime inside it: the same copy the components use,
// because mocks set on a second one would never be asked.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** What the synth needs of Pulumi. */
export interface Pulumi {
  readonly runtime: {
    setMocks(mocks: Mocks, project: string, stack: string, preview: boolean, organization: string): Promise<void>;
    runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
  };
}

export interface Mocks {
  newResource(request: ResourceRequest): { readonly id: string | undefined; readonly state: Record<string, unknown> };
  call(request: { readonly token: string; readonly inputs: Record<string, unknown> }): Record<string, unknown>;
}

export interface ResourceRequest {
  readonly type: string;
  readonly name: string;
  readonly custom?: boolean;
  readonly inputs: Record<string, unknown>;
}

export interface Platform {
  readonly folder: string;
  readonly pulumi: Pulumi;
  /** Prototype of the class that stands in for Pulumi's resource monitor. */
  readonly monitor: Record<string, (this: unknown, ...rest: never[]) => unknown>;
  /** Wire form of properties → plain values. */
  readonly deserialize: (properties: unknown) => Record<string, unknown>;
  /** Providers by the name the program uses, e.g. `aws` → `@pulumi/aws`. */
  readonly providers: readonly { readonly alias: string; readonly package: string }[];
}

/**
 * @param project the folder that holds `.sst/`
 * @throws when the platform has not been unpacked
 */
export function loadPlatform(project: string): Platform {
  const folder = path.join(project, ".sst", "platform");
  if (!existsSync(path.join(folder, "prepared-version"))) {
    throw new Error("SST's platform is not unpacked. Run: node stacks/prepare.mjs");
  }
  const require = createRequire(path.join(folder, "package.json"));
  const { MockMonitor } = require("@pulumi/pulumi/runtime/mocks");
  return {
    folder,
    pulumi: require("@pulumi/pulumi"),
    monitor: MockMonitor.prototype,
    deserialize: require("@pulumi/pulumi/runtime/rpc").deserializeProperties,
    providers: JSON.parse(readFileSync(path.join(project, ".sst", "provider-lock.json"), "utf8")),
  };
}
