// How region and functions process talk: frames on one stream, each four bytes of length and as much JSON. An HTTP
// exchange for each call costs several times what the call itself does.
import type { Socket } from "node:net";

const headerBytes = 4;

/** A text as it goes over the stream. */
export function frame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(headerBytes + length);
  bytes.writeUInt32BE(length, 0);
  bytes.write(text, headerBytes, "utf8");
  return bytes;
}

/**
 * Cuts a stream back into texts, wherever its chunks begin and end.
 * @returns what takes the next chunk
 */
export function frameReader(onText: (text: string) => void): (chunk: Buffer) => void {
  let kept: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    kept.push(chunk);
    size += chunk.length;
    if (size < wanted(kept)) return; // a large text comes in many chunks: joined once, not each time
    const bytes = kept.length === 1 ? chunk : Buffer.concat(kept, size);
    let at = 0;
    while (bytes.length - at >= headerBytes) {
      const end = at + headerBytes + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      onText(bytes.toString("utf8", at + headerBytes, end));
      at = end;
    }
    size = bytes.length - at;
    kept = size === 0 ? [] : [bytes.subarray(at)];
  };
}

/** What is written in one turn goes out in one system call. */
export function writeSoon(socket: Socket, bytes: Buffer): void {
  if (socket.writableCorked === 0) {
    socket.cork();
    process.nextTick(() => socket.uncork());
  }
  socket.write(bytes);
}

/** Bytes of the first frame, as far as its header is there in one piece. */
function wanted(kept: readonly Buffer[]): number {
  const first = kept[0]!;
  return first.length < headerBytes ? headerBytes : headerBytes + first.readUInt32BE(0);
}
