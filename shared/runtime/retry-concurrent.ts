// One way to meet another writer: read again, decide again, write again.

/**
 * Does something again, from its reading on, as long as another writer came first (ConcurrentChange).
 * @param attempts how often at most; the last one's error is thrown
 * @throws whatever else it throws, at once
 */
export async function retryConcurrent<Result>(attempts: number, attempt: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "ConcurrentChange" || tries >= attempts) throw error;
    }
  }
}
