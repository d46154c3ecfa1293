// How long an environment's address does not answer, seen by somebody who asks it all the time.
import { pause, waitFor } from "../waiting.ts";

export interface Away {
  /** From the first refused answer to the next good one after the last; 0: there was none. */
  readonly seconds: number;
  /** When it answered again, or for the first time that was looked at, of `performance.now()`. */
  readonly servedAt: number;
}

export interface AddressWatch {
  /** Waits until it answers, and ends the watch. @throws Error when it does not within some minutes */
  end(): Promise<Away>;
  /** Ends the watch, whatever was seen. */
  close(): Promise<void>;
}

const lookMilliseconds = 50;
const patienceMilliseconds = 10_000;
const servedSeconds = 300;

/**
 * Asks an address twenty times a second. Refused is what a client could not work with: no connection, no answer within ten
 * seconds, or a status from 500 on (the environment's load balancer answers 503).
 * @param webserver host and port, as GetEnvironment shows them
 */
export function watchAddress(webserver: string): AddressWatch {
  let hasEnded = false;
  let firstRefused: number | undefined;
  let servedAt: number | undefined;
  const watching = (async () => {
    while (!hasEnded) {
      const at = performance.now();
      const isServed = await serves(webserver);
      if (isServed) servedAt ??= performance.now();
      else {
        firstRefused ??= at;
        servedAt = undefined;
      }
      await pause(lookMilliseconds);
    }
  })();
  const close = () => {
    hasEnded = true;
    return watching;
  };
  return {
    close,
    async end() {
      const since = await waitFor(`an answer of ${webserver}`, servedSeconds, lookMilliseconds, () => servedAt);
      await close();
      return { seconds: firstRefused === undefined ? 0 : (since - firstRefused) / 1000, servedAt: since };
    },
  };
}

async function serves(webserver: string): Promise<boolean> {
  try {
    const answer = await fetch(`http://${webserver}/`, {
      redirect: "manual",
      signal: AbortSignal.timeout(patienceMilliseconds),
    });
    await answer.body?.cancel();
    return answer.status < 500;
  } catch {
    return false;
  }
}
