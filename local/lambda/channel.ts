// The region's end of the stream to one functions process: calls go out as frames, answers come back in any order.
import { connect } from "node:net";
import type { Answer, Call } from "./host.ts";
import { frame, frameReader, writeSoon } from "./frames.ts";
import type { InvokeResult } from "./wiring.ts";

export interface Channel {
  /**
   * One call. Never rejects.
   * @param eventText the event as JSON
   * @returns `late` when there was no answer in time, `lost` when the process ended before it gave one
   */
  call(
    call: Omit<Call, "id" | "event">,
    eventText: string,
    milliseconds: number,
  ): Promise<InvokeResult | "late" | "lost">;
  close(): void;
}

type Settle = (result: InvokeResult | "late" | "lost") => void;

/**
 * Connects to a functions process that listens, once: a stream that broke is not opened again, because what was sent on it
 * may still be at work. Until it is connected calls wait, after it has broken they are lost.
 * @param onBroken called once, when the stream has ended for any reason, `close` included
 */
export function openChannel(socketPath: string, onBroken: () => void): Channel {
  const waiting = new Map<number, Settle>();
  let last = 0;
  let isLost = false;
  const socket = connect(socketPath);
  const read = frameReader((text) => {
    const answer = parse(text);
    if (answer) waiting.get(answer.id)?.(answer.result);
    else socket.destroy();
  });
  socket.on("data", read);
  socket.on("error", () => socket.destroy()); // told by `close`
  socket.on("close", () => {
    isLost = true;
    for (const settle of [...waiting.values()]) settle("lost");
    onBroken();
  });
  return {
    call(call, eventText, milliseconds) {
      if (isLost) return Promise.resolve("lost");
      return new Promise((resolve) => {
        const id = ++last;
        const timer = setTimeout(() => waiting.get(id)?.("late"), milliseconds);
        waiting.set(id, (result) => {
          waiting.delete(id);
          clearTimeout(timer);
          resolve(result);
        });
        writeSoon(socket, frame(`${JSON.stringify({ id, ...call }).slice(0, -1)},"event":${eventText}}`));
      });
    },
    close: () => void socket.destroy(),
  };
}

/** Undefined for what no functions process says: a function that writes to what is not its own may garble the stream. */
function parse(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}
