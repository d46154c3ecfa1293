// CRC-32C and CRC-64/NVME, table driven, eight bytes at a step, and the joining of two CRCs without the bytes.
// Node's zlib has CRC-32 only; the clients of S3 may send any of the three.

export interface CrcParameters {
  /** Width in bits. */
  readonly width: 32 | 64;
  /** The polynomial with its bits reversed. */
  readonly polynomial: bigint;
}

export const crc32Parameters: CrcParameters = { width: 32, polynomial: 0xedb88320n };
export const crc32cParameters: CrcParameters = { width: 32, polynomial: 0x82f63b78n };
export const crc64nvmeParameters: CrcParameters = { width: 64, polynomial: 0x9a6c9329ac4bc9b5n };

/** A running CRC. `update` may be called any number of times; `value` is the CRC of all bytes so far. */
export interface RunningCrc {
  update(bytes: Uint8Array): void;
  value(): bigint;
}

/** Starts a CRC of one of the reflected, all-ones kind (which all three of S3 are). */
export function startCrc(parameters: CrcParameters): RunningCrc {
  const { low, high } = tablesOf(parameters);
  let lowBits = -1;
  let highBits = parameters.width === 64 ? -1 : 0;
  return {
    update(bytes) {
      let position = 0;
      const whole = bytes.length - (bytes.length % 8);
      for (; position < whole; position += 8) {
        const a = bytes[position]! ^ (lowBits & 255);
        const b = bytes[position + 1]! ^ ((lowBits >>> 8) & 255);
        const c = bytes[position + 2]! ^ ((lowBits >>> 16) & 255);
        const d = bytes[position + 3]! ^ (lowBits >>> 24);
        const e = bytes[position + 4]! ^ (highBits & 255);
        const f = bytes[position + 5]! ^ ((highBits >>> 8) & 255);
        const g = bytes[position + 6]! ^ ((highBits >>> 16) & 255);
        const h = bytes[position + 7]! ^ (highBits >>> 24);
        const [i, j, k, l] = [1792 + a, 1536 + b, 1280 + c, 1024 + d];
        const [m, n, o, p] = [768 + e, 512 + f, 256 + g, h];
        lowBits = low[i]! ^ low[j]! ^ low[k]! ^ low[l]! ^ low[m]! ^ low[n]! ^ low[o]! ^ low[p]!;
        highBits = high[i]! ^ high[j]! ^ high[k]! ^ high[l]! ^ high[m]! ^ high[n]! ^ high[o]! ^ high[p]!;
      }
      for (; position < bytes.length; position += 1) {
        const index = (lowBits ^ bytes[position]!) & 255;
        lowBits = ((lowBits >>> 8) | (highBits << 24)) ^ low[index]!;
        highBits = (highBits >>> 8) ^ high[index]!;
      }
    },
    value() {
      const lower = BigInt(~lowBits >>> 0);
      return parameters.width === 32 ? lower : (BigInt(~highBits >>> 0) << 32n) | lower;
    },
  };
}

/**
 * A joiner of CRCs: `join(crcOfA, crcOfB, lengthOfB)` is the CRC of A followed by B.
 * A multipart object's checksum follows from its parts' in this way. Parts mostly have one length, so the work per
 * length is kept.
 */
export function crcJoiner(parameters: CrcParameters): (first: bigint, second: bigint, secondLength: number) => bigint {
  const byLength = new Map<number, bigint[]>();
  return (first, second, secondLength) => {
    if (secondLength === 0) return first;
    let matrix = byLength.get(secondLength);
    if (!matrix) {
      matrix = zeroBytes(parameters, secondLength);
      byLength.set(secondLength, matrix);
    }
    return times(matrix, first) ^ second;
  };
}

// The operator that feeds `count` zero bytes into a CRC, as a matrix over GF(2): squared per bit of the count.
function zeroBytes(parameters: CrcParameters, count: number): bigint[] {
  let power: bigint[] = [parameters.polynomial];
  for (let bit = 1; bit < parameters.width; bit += 1) power.push(1n << BigInt(bit - 1));
  for (let squaring = 0; squaring < 3; squaring += 1) power = power.map((column) => times(power, column));
  let result: bigint[] | undefined;
  for (let rest = BigInt(count); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = result ? result.map((column) => times(power, column)) : power;
    if (rest > 1n) {
      const square: bigint[] = power;
      power = square.map((column) => times(square, column));
    }
  }
  return result ?? [];
}

function times(matrix: readonly bigint[], vector: bigint): bigint {
  let sum = 0n;
  for (let bit = 0, rest = vector; rest > 0n; bit += 1, rest >>= 1n) if (rest & 1n) sum ^= matrix[bit]!;
  return sum;
}

interface Tables {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

const made = new Map<CrcParameters, Tables>();

// Eight tables of 256 entries in one array each for the low and the high 32 bits. For width 32 the state's upper half
// is zero, so one loop serves both widths.
function tablesOf(parameters: CrcParameters): Tables {
  const known = made.get(parameters);
  if (known) return known;
  const entries: bigint[] = [];
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ parameters.polynomial : value >> 1n;
    entries.push(value);
  }
  for (let index = 256; index < 2048; index += 1) {
    const previous = entries[index - 256]!;
    entries.push((previous >> 8n) ^ entries[Number(previous & 255n)]!);
  }
  const tables = {
    low: Int32Array.from(entries, (entry) => Number(BigInt.asIntN(32, entry))),
    high: Int32Array.from(entries, (entry) => Number(BigInt.asIntN(32, entry >> 32n))),
  };
  made.set(parameters, tables);
  return tables;
}
