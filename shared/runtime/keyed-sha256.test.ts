import { Sha256 } from "@aws-crypto/sha256-js";
import fc from "fast-check";
import { expect, it } from "vitest";
import { KeyedSha256 } from "./keyed-sha256.ts";

/** Any code point but half a surrogate pair; fast-check's own "binary" makes a table of all million of them first. */
const character = fc
  .integer({ min: 0, max: 0x10_f7ff })
  .map((point) => String.fromCodePoint(point < 0xd800 ? point : point + 0x800));
const data = fc.oneof(fc.string({ unit: character }), fc.uint8Array({ maxLength: 200 }));
const secret = fc.option(
  data.filter(({ length }) => length > 0),
  { nil: undefined },
);

it("digests any parts under any secret as the SDK's own hash does, the second time too", async () => {
  await fc.assert(
    fc.asyncProperty(secret, fc.array(data, { maxLength: 4 }), async (key, parts) => {
      const theirs = new Sha256(key);
      for (const part of parts) theirs.update(part);
      const wanted = Buffer.from(await theirs.digest()).toString("hex");
      for (let time = 0; time < 2; time++) {
        const ours = new KeyedSha256(key);
        for (const part of parts) ours.update(part);
        expect(Buffer.from(await ours.digest()).toString("hex")).toBe(wanted);
      }
    }),
  );
});
