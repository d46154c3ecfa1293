// Measurements of environments' monitors in memory.
import type { LoadPoint } from "../domain/scaling-load.ts";
import type { LoadMetrics } from "../ports/load-metrics.ts";

export interface MemoryLoadMetrics extends LoadMetrics {
  /** As a monitor would publish it. */
  measure(environment: { readonly name: string; readonly environmentId: string }, point: LoadPoint): void;
}

/** Nothing measured. */
export function memoryLoadMetrics(): MemoryLoadMetrics {
  const points = new Map<string, LoadPoint[]>();
  const keyOf = (environment: { readonly name: string; readonly environmentId: string }) =>
    `${environment.name} ${environment.environmentId}`;
  return {
    measure(environment, point) {
      points.set(keyOf(environment), [...(points.get(keyOf(environment)) ?? []), point]);
    },
    async load(environment, since, until) {
      return (points.get(keyOf(environment)) ?? [])
        .filter(({ at }) => at >= since && at <= until)
        .toSorted((one, other) => one.at - other.at);
    },
  };
}
