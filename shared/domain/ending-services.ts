// Services whose tasks may still be at work though the record names newer ones.
import type { EnvironmentItem } from "./items.ts";
import { serviceName, type TaskRole, taskRoles } from "./names.ts";

export interface EndingService {
  readonly role: TaskRole;
  readonly service: string;
}

/**
 * The record forgets a service as soon as it is deleted, its tasks have two minutes more to end (ECS, stopTimeout): so those of
 * the last generations are looked for by name.
 */
const generationsLookedFor = 4;

/** Of updates that were committed or undone before: those the record still lists, and those it may have forgotten a moment ago. */
export function endingServices(
  environment: Pick<EnvironmentItem, "environmentId" | "names" | "resourceGeneration" | "retired">,
): readonly EndingService[] {
  const { environmentId, names, resourceGeneration, retired } = environment;
  const oldest = Math.max(1, resourceGeneration - generationsLookedFor + 1);
  const generations = Array.from({ length: resourceGeneration - oldest + 1 }, (_, at) => oldest + at);
  const lately = generations.flatMap((generation) =>
    taskRoles.map((role) => serviceName(environmentId, role, generation)),
  );
  const live = Object.values(names.services);
  return [...new Set([...retired, ...lately])]
    .filter((service) => !live.includes(service))
    .map((service) => ({ service, role: roleOf(service) }));
}

/** A name that says no role is taken for a worker's: nothing is marked to run again before it has ended. */
const roleOf = (service: string): TaskRole => taskRoles.find((role) => service.includes(`-${role}-g`)) ?? "worker";
