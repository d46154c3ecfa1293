// control.json: a pure projection of an environment's items. Agents keep it and refuse a lower epoch (design, section 6).
import type { EnvironmentItem, ReleaseItem } from "./items.ts";

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
  /** While set, the scheduler's agent sees a canary run through and reports it under this id. */
  readonly canary: { readonly id: string } | null;
  readonly workersWanted: number;
  /** Between which numbers scaling moves: what the monitor measures deficit and surplus against. */
  readonly workers: { readonly min: number; readonly max: number };
  readonly drains: readonly Drain[];
  readonly holds: readonly string[];
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
      environment.operationKind === "create-environment" && environment.operationId
        ? { id: environment.operationId }
        : null,
    workersWanted: environment.workers,
    workers: { min: environment.settings.minWorkers, max: environment.settings.maxWorkers },
    drains: environment.drains,
    holds: [],
  };
}

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
