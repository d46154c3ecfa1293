// What every LoadMetrics must guarantee.
import { expect, test } from "vitest";
import type { LoadPoint } from "../../../shared/domain/scaling-load.ts";
import type { LoadMetrics } from "../../../shared/ports/load-metrics.ts";

type Environment = { readonly name: string; readonly environmentId: string };

export interface LoadMetricsSubject {
  readonly loadMetrics: LoadMetrics;
  /** Publishes as an environment's monitor does. */
  measure(environment: Environment, point: LoadPoint): void | Promise<void>;
}

/** A whole ten seconds, not long ago: CloudWatch keeps high resolution for three hours. */
const start = Math.floor(Date.now() / 10_000) * 10_000 - 60_000;
const point = (seconds: number, queued: number): LoadPoint => ({
  at: start + seconds * 1000,
  running: 1,
  queued,
  slots: 5,
  need: Math.ceil((queued + 1) / 5),
});

export function loadMetricsContract(subject: () => LoadMetricsSubject): void {
  test("measurements of one environment come oldest first, within the time asked for", async () => {
    const { loadMetrics, measure } = subject();
    const first = { name: "first", environmentId: "e0000000001" };
    for (const one of [point(20, 8), point(0, 2), point(10, 4), point(30, 16)]) await measure(first, one);
    expect(await loadMetrics.load(first, start, start + 29_000)).toEqual([point(0, 2), point(10, 4), point(20, 8)]);
  });

  test("a namesake that is gone says nothing about the one that is there", async () => {
    const { loadMetrics, measure } = subject();
    await measure({ name: "again", environmentId: "e0000000002" }, point(0, 90));
    expect(await loadMetrics.load({ name: "again", environmentId: "e0000000003" }, start, start + 60_000)).toEqual([]);
  });
}
