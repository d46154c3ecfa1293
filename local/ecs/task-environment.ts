// The whole environment of a task's process, as a pure function. Nothing of the region's own environment gets in but
// PATH, LANG and TZ; the secrets exist here and in the process, nowhere else.
import type { TaskImage } from "./options.ts";
import type { NameValue } from "./records.ts";

export interface TaskEnvironmentParts {
  /** The region's own environment. */
  readonly host: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly machine: Readonly<Record<string, string>>;
  readonly image: TaskImage;
  readonly definition: readonly NameValue[];
  readonly overrides: readonly NameValue[];
  readonly secrets: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<string, string>>;
  readonly region: string;
  readonly endpointUrl: string;
  readonly metadataUrl: string;
  readonly ports: readonly { readonly containerPort: number; readonly hostPort: number }[];
}

/**
 * Later parts win: machine, image, definition, overrides, secrets, and last what the region itself decides (where AWS
 * is, who the task is, which ports are its own), so that a definition cannot send a task elsewhere.
 */
export function taskEnvironment(parts: TaskEnvironmentParts): Record<string, string> {
  const { host, image } = parts;
  return {
    PATH: [...image.pathEntries, host["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"].join(":"),
    LANG: host["LANG"] ?? "C.UTF-8",
    ...(host["TZ"] === undefined ? {} : { TZ: host["TZ"] }),
    HOME: parts.home,
    ...parts.machine,
    ...image.environment,
    ...byName(parts.definition),
    ...byName(parts.overrides),
    ...parts.secrets,
    AWS_REGION: parts.region,
    AWS_DEFAULT_REGION: parts.region,
    AWS_ENDPOINT_URL: parts.endpointUrl,
    // MWAA's clients put api. or env. before the host, and no such name stands for a loopback address.
    AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
    // No metadata service of a real cloud machine may lend its role to a task.
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
    ...parts.credentials,
    NO_PROXY: "127.0.0.1,localhost",
    no_proxy: "127.0.0.1,localhost",
    ECS_CONTAINER_METADATA_URI_V4: parts.metadataUrl,
    ECS_AGENT_URI: parts.metadataUrl,
    ...Object.fromEntries(parts.ports.map((port) => [`HANGAR_HOST_PORT_${port.containerPort}`, String(port.hostPort)])),
  };
}

function byName(variables: readonly NameValue[]): Record<string, string> {
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}
