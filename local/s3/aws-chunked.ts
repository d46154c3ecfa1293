// The aws-chunked transfer form: `size[;chunk-signature=…]` lines, data, and trailing headers.
// Chunk signatures are stripped: the front door has verified the request's own, and this wire never leaves the machine.
import { S3Error } from "./errors.ts";

export interface ChunkedBody {
  /** The data without its framing. */
  readonly data: AsyncIterable<Buffer>;
  /** Trailing headers, lower-case; complete once `data` has ended. */
  readonly trailers: Readonly<Record<string, string>>;
}

// A chunk line holds a length and a signature; the trailers a checksum and a signature. Both are far shorter than this.
const longestLine = 16 * 1024;
const mostTrailers = 32;

/**
 * Takes the framing off an aws-chunked body while it streams.
 * @throws S3Error IncompleteBody (through `data`) when it ends before the last chunk, InvalidRequest when it is malformed
 */
export function decodeChunked(source: AsyncIterable<Buffer>): ChunkedBody {
  const trailers: Record<string, string> = {};
  return { data: decode(source, trailers), trailers };
}

async function* decode(source: AsyncIterable<Buffer>, trailers: Record<string, string>): AsyncGenerator<Buffer> {
  let state: "size" | "data" | "dataEnd" | "trailers" | "done" = "size";
  let line: Buffer = Buffer.alloc(0);
  let left = 0;
  for await (const piece of source) {
    let rest: Buffer = piece;
    while (rest.length > 0 && state !== "done") {
      if (state === "data") {
        const taken = rest.subarray(0, left);
        left -= taken.length;
        rest = rest.subarray(taken.length);
        yield taken;
        if (left === 0) state = "dataEnd";
        continue;
      }
      const end = rest.indexOf(10);
      line = Buffer.concat([line, end < 0 ? rest : rest.subarray(0, end + 1)]);
      if (line.length > longestLine) throw malformed();
      rest = end < 0 ? rest.subarray(rest.length) : rest.subarray(end + 1);
      if (end < 0) continue;
      const text = line.toString("latin1").trimEnd();
      line = Buffer.alloc(0);
      if (state === "size") {
        left = chunkSize(text);
        state = left === 0 ? "trailers" : "data";
      } else if (state === "dataEnd") {
        if (text !== "") throw malformed();
        state = "size";
      } else if (text === "") {
        state = "done";
      } else {
        keepTrailer(trailers, text);
      }
    }
  }
  // Some clients leave out the empty line after the last chunk; the last chunk itself is what counts.
  if (state !== "done" && state !== "trailers") throw new S3Error("IncompleteBody");
}

function chunkSize(text: string): number {
  const digits = (text.split(";")[0] ?? "").trim();
  if (!/^[0-9a-f]{1,11}$/i.test(digits)) throw malformed();
  return Number.parseInt(digits, 16);
}

function keepTrailer(trailers: Record<string, string>, text: string): void {
  const colon = text.indexOf(":");
  if (colon < 1 || Object.keys(trailers).length >= mostTrailers) throw malformed();
  trailers[text.slice(0, colon).trim().toLowerCase()] = text.slice(colon + 1).trim();
}

function malformed(): S3Error {
  return new S3Error("InvalidRequest", { message: "The aws-chunked body is not well-formed." });
}
