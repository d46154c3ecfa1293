// control.json: a pure projection of an environment's items. Agents keep it and refuse a lower epoch (design, section 6).
import type { EnvironmentItem, Pause, ReleaseItem } from "./items.ts";
import { type ResourceNames, serviceGeneration } from "./names.ts";

/** Tasks of a role, of this generation and older, or some of them, finish what they have and take nothing new. */
export interface Drain {
  readonly id: string;
  readonly role: "worker";
  readonly generation: number;
  /** Only these tasks; absent: all of the role and generation. */
  readonly tasks?: readonly string[];
}

/** What an agent needs to fetch a release. */
export interface ReleaseName {
  readonly id: string;
  readonly number: number;
  /** Key of its manifest below the environment's prefix. */
  readonly manifest: string;
}

export interface ControlDocument {
  /** Rises with every change of content. */
  readonly epoch: number;
  readonly environmentId: string;
  readonly release: ReleaseName | null;
  /** Every agent stages it, the scheduler's checks it against `release`. */
  readonly candidate: ReleaseName | null;
  /** While set, the agent of this generation's scheduler sees a canary run through and reports it under this id. */
  readonly canary: { readonly id: string; readonly generation: number } | null;
  readonly workersWanted: number;
  /** Between which numbers scaling moves: what the monitor measures deficit and surplus against. */
  readonly workers: { readonly min: number; readonly max: number };
  readonly drains: readonly Drain[];
  /** While set, schedulers of this generation and older stop what schedules, parses and triggers, and say when it has stopped. */
  readonly pause: Pause | null;
  /** The generation that is live. A task of a later one whose task definition names a canary queue is held until this is its own. */
  readonly generation: number;
}

/** What the items say the environment should do now. */
export function projectControl(
  environment: EnvironmentItem,
  release: ReleaseItem | undefined,
): Omit<ControlDocument, "epoch"> {
  return {
    environmentId: environment.environmentId,
    release: release ? nameOf(release.release) : null,
    candidate: release?.candidate ? nameOf(release.candidate) : null,
    canary:
      environment.operationId && environment.operationKind && watchesCanary.includes(environment.operationKind)
        ? { id: environment.operationId, generation: environment.resourceGeneration }
        : null,
    workersWanted: environment.workers,
    workers: { min: environment.settings.minWorkers, max: environment.settings.maxWorkers },
    drains: environment.drains,
    pause: environment.pause ?? null,
    generation: liveGeneration(environment.names),
  };
}

/** Operations whose new services see a canary through before the commit. */
const watchesCanary: readonly string[] = ["create-environment", "upgrade-environment"];

/** The newest generation among the services of the record: those of an operation that is not committed are not in it. */
export const liveGeneration = ({ services }: Pick<ResourceNames, "services">): number =>
  Math.max(...Object.values(services).map(serviceGeneration));

const nameOf = ({ id, number, manifest }: ReleaseName): ReleaseName => ({ id, number, manifest });

/** The document to write, or undefined when the one that lies there already says the same. */
export function nextControl(
  current: ControlDocument | undefined,
  wanted: Omit<ControlDocument, "epoch">,
): ControlDocument | undefined {
  if (!current) return { epoch: 1, ...wanted };
  const { epoch, ...content } = current;
  return canonical(content) === canonical(wanted) ? undefined : { epoch: epoch + 1, ...wanted };
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
