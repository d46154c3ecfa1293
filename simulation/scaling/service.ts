// The worker service as ECS keeps it: starts what is missing, takes unprotected tasks where there are too many.
import type { Worker, Workers } from "./workers.ts";

/** Fargate's most (ECS API: ContainerDefinition.stopTimeout). */
const stopTimeoutSeconds = 120;

export class Service {
  desired: number;
  private readonly workers: Workers;
  private readonly isProtected: (worker: Worker) => boolean;
  private readonly started: (worker: Worker) => void;

  /** @param started called with each task it starts */
  constructor(workers: Workers, isProtected: (worker: Worker) => boolean, started: (worker: Worker) => void) {
    this.workers = workers;
    this.isProtected = isProtected;
    this.started = started;
    this.desired = workers.present().length;
  }

  scale(desired: number): void {
    this.desired = desired;
    this.settle();
  }

  /** StopTask asks nobody about protection. */
  stopTasks(ids: readonly string[]): void {
    for (const worker of this.workers.present())
      if (ids.includes(worker.id)) this.workers.stop(worker, stopTimeoutSeconds);
    this.settle();
  }

  /** After anything has changed: a task is gone, or protected no more. Those that do not run yet go first. */
  settle(): void {
    const present = this.workers.present();
    for (let missing = this.desired - present.length; missing > 0; missing--) this.started(this.workers.start());
    const free = present
      .filter((worker) => !this.isProtected(worker))
      .sort((a, b) => Number(a.ready) - Number(b.ready));
    for (const worker of free.slice(0, Math.max(0, present.length - this.desired)))
      this.workers.stop(worker, stopTimeoutSeconds);
  }
}
