// The simulated engine: answers like AWS's provider, and records every registration at the monitor, where parent,
// protection and dependencies are still visible.
import type { Resource } from "./graph.ts";
import type { Mocks, Platform } from "./platform.ts";
import { answerOf, outputsOf } from "./provider-answers.ts";
import { arnOf } from "./resource-arns.ts";

export interface Recorder {
  readonly mocks: Mocks;
  readonly resources: readonly Resource[];
  readonly invokes: ReadonlySet<string>;
}

/** The protobuf request of a registration, as far as it is read here. */
interface Registration {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getDependenciesList(): string[];
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getIgnorechangesList(): string[];
  getObject(): unknown;
}

/** Starts recording. Changes the platform's monitor class for the rest of this process: one synth, one process. */
export function startRecorder(platform: Platform): Recorder {
  const resources: Resource[] = [];
  const invokes = new Set<string>();
  const register = platform.monitor["registerResource"] as (request: Registration, callback: unknown) => unknown;
  platform.monitor["registerResource"] = function (
    this: { newUrn(parent: string, type: string, name: string): string },
    request: Registration,
    callback: unknown,
  ) {
    resources.push({
      urn: this.newUrn(request.getParent(), request.getType(), request.getName()),
      type: request.getType(),
      name: request.getName(),
      custom: request.getCustom(),
      ...(request.getParent() ? { parent: request.getParent() } : {}),
      dependencies: request.getDependenciesList().toSorted(),
      ...(request.getProtect() ? { protect: true as const } : {}),
      ...(request.getRetainondelete() ? { retainOnDelete: true as const } : {}),
      ignoreChanges: request.getIgnorechangesList(),
      inputs: plain(platform.deserialize(request.getObject())) as Record<string, unknown>,
    });
    return register.call(this, request, callback);
  } as never;
  return { mocks: mocks(invokes), resources, invokes };
}

function mocks(invokes: Set<string>): Mocks {
  return {
    newResource: ({ type, name, custom, inputs }) => {
      if (!custom) return { id: undefined, state: inputs };
      const physical = String(inputs["name"] ?? inputs["bucket"] ?? inputs["family"] ?? name);
      const given = { arn: arnOf(type, physical), name: physical, tagsAll: inputs["tags"] ?? {} };
      return { id: physical, state: { ...given, ...outputsOf[type]?.(inputs, physical), ...inputs } };
    },
    call: ({ token, inputs }) => {
      invokes.add(token);
      const answer = answerOf[token];
      if (answer) return answer(inputs);
      // SST reports a failed function without its message, so it goes to stderr as well.
      const message = `The simulated engine has no answer for ${token}.`;
      process.stderr.write(`${message}\n`);
      throw new Error(message);
    },
  };
}

/** Pulumi's marks of a wrapped value. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Unwraps secrets and names assets, so that the graph is plain JSON. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  if ((value as Record<string, unknown>)[signatureKey] === secretSignature) {
    return { $secret: plain((value as Record<string, unknown>)["value"]) };
  }
  if (/Asset|Archive/.test(value.constructor?.name ?? "")) return { $asset: value.constructor.name };
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
