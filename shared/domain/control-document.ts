// control.json: a pure projection of an environment's items. Agents keep it and refuse a lower epoch (design, section 6).
import type { EnvironmentItem, ReleaseItem } from "./items.ts";

/** Tasks of a role, of this generation and older, finish what they have and take nothing new. */
export interface Drain {
  readonly id: string;
  readonly role: "worker";
  readonly generation: number;
}

export interface ControlDocument {
  /** Rises with every change of content. */
  readonly epoch: number;
  readonly environmentId: string;
  readonly release: { readonly id: string; readonly number: number; readonly manifest: string } | null;
  /** While set, the scheduler's agent sees a canary run through and reports it under this id. */
  readonly canary: { readonly id: string } | null;
  readonly workersWanted: number;
  readonly drains: readonly Drain[];
  readonly holds: readonly string[];
}

/** What the items say the environment should do now. */
export function projectControl(
  environment: EnvironmentItem,
  release: ReleaseItem | undefined,
): Omit<ControlDocument, "epoch"> {
  const wanted = release?.release;
  return {
    environmentId: environment.environmentId,
    release: wanted ? { id: wanted.id, number: wanted.number, manifest: wanted.manifest } : null,
    canary:
      environment.operationKind === "create-environment" && environment.operationId
        ? { id: environment.operationId }
        : null,
    workersWanted: environment.workers,
    drains: environment.drains,
    holds: [],
  };
}

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
