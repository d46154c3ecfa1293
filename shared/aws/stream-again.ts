// Sends a body that can be opened again after S3 refused it in passing. The SDK repeats what it holds in memory by itself, a
// stream never: it cannot know that there is another where that came from.

/** As many as the SDK makes. */
const mostAttempts = 3;
const firstWaitMilliseconds = 200;

/**
 * @param send opens the body and sends it, from the beginning each time
 * @param pause waits that many milliseconds; for tests
 * @throws what the last attempt threw, or the first that says more than "later"
 */
export async function streamAgain(
  send: () => Promise<void>,
  pause: (milliseconds: number) => Promise<unknown> = wait,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (attempt === mostAttempts || !isPassing(error)) throw error;
      await pause(firstWaitMilliseconds * 2 ** (attempt - 1));
    }
  }
}

/** 500 InternalError and 503 SlowDown: "reduce your request rate", "please try again" (S3 API Reference, error responses). */
function isPassing(error: unknown): boolean {
  const { $metadata } = (error ?? {}) as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode === 500 || $metadata?.httpStatusCode === 503;
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
