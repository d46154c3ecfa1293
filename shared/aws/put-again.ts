// Puts an object again after S3 refused it in passing. Of most refusals the SDK repeats what it holds in memory by itself, a
// stream never, as it cannot know that there is another where that came from; a conflict it never repeats.

/** As many as the SDK makes. */
const mostAttempts = 3;
const firstWaitMilliseconds = 200;

/**
 * @param send opens the body and sends it, from the beginning each time
 * @param pause waits that many milliseconds; for tests
 * @throws what the last attempt threw, or the first that says more than "later"
 */
export async function putAgain(
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

/**
 * 500 InternalError and 503 SlowDown: "reduce your request rate", "please try again" (S3 API Reference, error responses). 409
 * ConditionalRequestConflict: another hand is putting the same key, and may yet fail (PutObject, "retry the upload").
 */
function isPassing(error: unknown): boolean {
  const { $metadata } = (error ?? {}) as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return [409, 500, 503].includes($metadata?.httpStatusCode ?? 0);
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
