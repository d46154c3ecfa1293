import fc from "fast-check";
import { expect, test } from "vitest";
import { frame, frameReader } from "./frames.ts";

/** Any code point but half a surrogate pair; fast-check's own "binary" makes a table of all million of them first. */
const character = fc
  .integer({ min: 0, max: 0x10_f7ff })
  .map((point) => String.fromCodePoint(point < 0xd800 ? point : point + 0x800));

test("texts come out as they went in, in order, however the stream is cut", () => {
  const texts = fc.array(fc.string({ unit: character, maxLength: 300 }), { maxLength: 8 });
  fc.assert(
    fc.property(texts, fc.infiniteStream(fc.integer({ min: 1, max: 90 })), (sent, sizes) => {
      const stream = Buffer.concat(sent.map(frame));
      const received: string[] = [];
      const read = frameReader((text) => received.push(text));
      for (let at = 0; at < stream.length; ) {
        const size = sizes.next().value as number;
        read(stream.subarray(at, at + size));
        at += size;
      }
      expect(received).toEqual(sent.map((text) => Buffer.from(text).toString("utf8")));
    }),
    { numRuns: 100 },
  );
});
