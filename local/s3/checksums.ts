// S3's flexible checksums: which one a request carries, how it is computed, how a multipart object's follows from its parts'.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { crc32cParameters, crc32Parameters, crc64nvmeParameters, crcJoiner, startCrc } from "./crc.ts";
import { S3Error } from "./errors.ts";

export const checksumAlgorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];
export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

/** A checksum as stored and returned; `value` is base64 (a composite one ends in `-<parts>`). */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
  readonly type: ChecksumType;
}

export interface RunningChecksum {
  update(bytes: Uint8Array): void;
  /** Base64. */
  value(): string;
}

/** The header and trailer that carry a value of this algorithm. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** The XML element that carries a value of this algorithm. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

/** A checksum as the members of an XML reply; nothing when there is none. */
export function checksumMembers(checksum: Checksum | undefined): Record<string, string> {
  return checksum ? { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type } : {};
}

/** A checksum as response headers; nothing when there is none. */
export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, "x-amz-checksum-type": checksum.type };
}

/**
 * An algorithm by its wire name, in any case.
 * @throws S3Error InvalidRequest for a name S3 does not know
 */
export function algorithmNamed(name: string): ChecksumAlgorithm {
  const algorithm = checksumAlgorithms.find((known) => known === name.toUpperCase());
  if (!algorithm) throw new S3Error("InvalidRequest", { message: "Checksum algorithm provided is unsupported." });
  return algorithm;
}

/** Starts a running checksum. */
export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  if (algorithm === "SHA1" || algorithm === "SHA256") {
    const hash = createHash(algorithm.toLowerCase());
    return { update: (bytes) => void hash.update(bytes), value: () => hash.digest("base64") };
  }
  if (algorithm === "CRC32") {
    let value = 0;
    return {
      update(bytes) {
        value = crc32(bytes, value);
      },
      value: () => encode(BigInt(value), 32),
    };
  }
  const parameters = algorithm === "CRC32C" ? crc32cParameters : crc64nvmeParameters;
  const crc = startCrc(parameters);
  return { update: (bytes) => crc.update(bytes), value: () => encode(crc.value(), parameters.width) };
}

/**
 * The kind of checksum a multipart upload will have.
 * @throws S3Error InvalidRequest for a pair S3 refuses (a whole-object SHA, a composite CRC64NVME)
 */
export function multipartChecksumType(algorithm: ChecksumAlgorithm, asked: string | undefined): ChecksumType {
  const type = asked ?? (algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE");
  const possible =
    type === "COMPOSITE" ? algorithm !== "CRC64NVME" : type === "FULL_OBJECT" && !algorithm.startsWith("SHA");
  if (!possible) {
    throw new S3Error("InvalidRequest", {
      message: `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    });
  }
  return type as ChecksumType;
}

/** The checksum of a multipart object from those of its parts, in part order. */
export function checksumOfParts(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { readonly value: string; readonly size: number }[],
): Checksum {
  if (type === "COMPOSITE") {
    const running = startChecksum(algorithm);
    for (const part of parts) running.update(Buffer.from(part.value, "base64"));
    return { algorithm, type, value: `${running.value()}-${parts.length}` };
  }
  const parameters = { CRC32: crc32Parameters, CRC32C: crc32cParameters, CRC64NVME: crc64nvmeParameters }[
    algorithm as "CRC32" | "CRC32C" | "CRC64NVME"
  ];
  const join = crcJoiner(parameters);
  let whole = 0n;
  for (const part of parts) whole = join(whole, decode(part.value), part.size);
  return { algorithm, type, value: encode(whole, parameters.width) };
}

function encode(value: bigint, width: 32 | 64): string {
  return Buffer.from(value.toString(16).padStart(width / 4, "0"), "hex").toString("base64");
}

function decode(value: string): bigint {
  return BigInt(`0x${Buffer.from(value, "base64").toString("hex")}`);
}
