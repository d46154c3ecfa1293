// The Celery queues.

export interface TaskQueues {
  /** Makes the queue with the visibility time-out Celery needs; exists already is fine. @returns its URL */
  ensure(name: string, settings: { readonly visibilityTimeoutSeconds: number }): Promise<string>;
  /** Gone already is fine. */
  remove(name: string): Promise<void>;
}
