// The hash the SDK signs requests with, on Node's crypto, keeping the keys it has prepared: making a key ready for an
// HMAC takes longer than the HMAC of a request, and the SDK does it twice for each, always with the same two keys.
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

/** As the SDK hands data to a hash. */
type SourceData = string | ArrayBuffer | ArrayBufferView;

/** A SHA-256, or with a secret an HMAC of it. Used for one digest, as the signer does. */
export class KeyedSha256 {
  readonly #key: KeyObject | undefined;
  readonly #parts: Buffer[] = [];

  constructor(secret?: SourceData) {
    this.#key = secret === undefined ? undefined : preparedKey(secret);
  }

  update(data: Uint8Array | string): void {
    this.#parts.push(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    const data = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    return this.#key ? createHmac("sha256", this.#key).update(data).digest() : hash("sha256", data, "buffer");
  }

  reset(): void {
    this.#parts.length = 0;
  }
}

/** Few: one each for a credential and a day. */
const mostKeys = 100;
const keys = new Map<string, KeyObject>();

function preparedKey(secret: SourceData): KeyObject {
  const bytes = bytesOf(secret);
  const name = bytes.toString("latin1");
  const known = keys.get(name);
  if (known) return known;
  if (keys.size >= mostKeys) keys.clear();
  const key = createSecretKey(bytes);
  keys.set(name, key);
  return key;
}

function bytesOf(data: SourceData): Buffer {
  if (typeof data === "string") return Buffer.from(data, "utf8");
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
