import { describe, expect, test } from "vitest";
import { checksumOfParts, startChecksum } from "./checksums.ts";
import { crc32cParameters, crc32Parameters, crc64nvmeParameters, startCrc } from "./crc.ts";

const check = Buffer.from("123456789");

describe("checksums", () => {
  test("the three CRCs give the published check values", () => {
    const values = [crc32Parameters, crc32cParameters, crc64nvmeParameters].map((parameters) => {
      const crc = startCrc(parameters);
      crc.update(check);
      return crc.value().toString(16);
    });
    expect(values).toEqual(["cbf43926", "e3069283", "ae8b14860a799888"]);
  });

  test("a checksum does not depend on how the bytes were cut into chunks", () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 7) & 255));
    for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const) {
      const whole = startChecksum(algorithm);
      whole.update(bytes);
      const pieces = startChecksum(algorithm);
      for (const [start, end] of [
        [0, 3],
        [3, 500],
        [500, 1000],
      ]) {
        pieces.update(bytes.subarray(start, end));
      }
      expect(pieces.value()).toBe(whole.value());
    }
  });

  test("a whole-object checksum joined from parts is the checksum of the whole object", () => {
    const cuts = [Buffer.alloc(70_000, "a"), Buffer.alloc(70_000, "b"), Buffer.alloc(0), Buffer.from("tail")];
    for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME"] as const) {
      const parts = cuts.map((bytes) => {
        const running = startChecksum(algorithm);
        running.update(bytes);
        return { value: running.value(), size: bytes.length };
      });
      const whole = startChecksum(algorithm);
      whole.update(Buffer.concat(cuts));
      expect(checksumOfParts(algorithm, "FULL_OBJECT", parts).value).toBe(whole.value());
    }
  });
});
