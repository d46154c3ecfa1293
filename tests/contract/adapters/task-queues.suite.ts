// What every TaskQueues must guarantee.
import { expect, test } from "vitest";
import type { TaskQueues } from "../../../shared/ports/task-queues.ts";

export interface TaskQueuesSubject {
  readonly queues: TaskQueues;
  /** The visibility time-out of a queue, or undefined when it does not exist. */
  visibilityTimeoutSeconds(name: string): number | undefined | Promise<number | undefined>;
}

export function taskQueuesContract(subject: () => TaskQueuesSubject): void {
  test("a queue is made with the visibility time-out asked for, and again with another", async () => {
    const { queues } = subject();
    const url = await queues.ensure("airflow-celery-e1-g1", { visibilityTimeoutSeconds: 43_200 });
    expect(url).toMatch(/\/000000000000\/airflow-celery-e1-g1$/);
    expect(await subject().visibilityTimeoutSeconds("airflow-celery-e1-g1")).toBe(43_200);
    expect(await queues.ensure("airflow-celery-e1-g1", { visibilityTimeoutSeconds: 60 })).toBe(url);
    expect(await subject().visibilityTimeoutSeconds("airflow-celery-e1-g1")).toBe(60);
  });

  test("removed is gone, and a repeat is fine", async () => {
    const { queues } = subject();
    await queues.ensure("airflow-celery-e2-g1", { visibilityTimeoutSeconds: 60 });
    await queues.remove("airflow-celery-e2-g1");
    await queues.remove("airflow-celery-e2-g1");
    expect(await subject().visibilityTimeoutSeconds("airflow-celery-e2-g1")).toBeUndefined();
  });
}
