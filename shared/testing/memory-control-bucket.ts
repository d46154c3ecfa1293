// The control bucket in memory: conditional document, content-addressed blobs, reports.
import { createHash } from "node:crypto";
import type { ControlDocument } from "../domain/control-document.ts";
import type { Manifest } from "../domain/release.ts";
import { parseReport, type Report } from "../domain/reports.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";

export interface MemoryControlBucket extends ControlBucket {
  /** Every object: its key from the bucket's root, and its text or bytes. */
  readonly objects: Map<string, { readonly body: string | Uint8Array; readonly etag: string }>;
  /** Lays a report down as an agent would; text may be malformed. */
  putReport(prefix: string, taskId: string, report: Report | string): void;
}

/**
 * An empty bucket.
 * @param beforeReports called when reports are about to be read: agents write theirs then
 * @param deletesPerCall how much one call of `empty` deletes
 */
export function memoryControlBucket(
  beforeReports: (prefix: string) => void = () => {},
  deletesPerCall = 10_000,
): MemoryControlBucket {
  const objects: MemoryControlBucket["objects"] = new Map();
  let writes = 0;
  const write = (key: string, body: string | Uint8Array) => void objects.set(key, { body, etag: `"${++writes}"` });
  const writeJson = (key: string, value: unknown) => write(key, JSON.stringify(value));
  const readJson = <Value>(key: string) => {
    const found = objects.get(key);
    return found && { value: JSON.parse(String(found.body)) as Value, etag: found.etag };
  };
  const below = (prefix: string) => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();

  return {
    objects,
    putReport: (prefix, taskId, report) =>
      write(`${prefix}reports/${taskId}.json`, typeof report === "string" ? report : JSON.stringify(report)),

    async putBlob(prefix, sha256, bytes) {
      const key = `${prefix}blobs/${sha256}`;
      if (objects.has(key)) return;
      if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
        throw Object.assign(new Error("The SHA256 you specified did not match the calculated checksum."), {
          name: "BadDigest",
        });
      }
      write(key, bytes);
    },
    putManifest: async (prefix, key, manifest) => writeJson(`${prefix}${key}`, manifest),
    getManifest: async (prefix, key) => readJson<Manifest>(`${prefix}${key}`)?.value,
    async getControl(prefix) {
      const found = readJson<ControlDocument>(`${prefix}control.json`);
      return found && { document: found.value, etag: found.etag };
    },
    async putControl(prefix, document, etag) {
      const key = `${prefix}control.json`;
      if ((objects.get(key)?.etag ?? null) !== etag) return false;
      writeJson(key, document);
      return true;
    },
    async reports(prefix) {
      beforeReports(prefix);
      return below(`${prefix}reports/`).flatMap((key) => parseReport(String(objects.get(key)!.body)) ?? []);
    },
    putConfiguration: async (prefix, key, options) => writeJson(`${prefix}${key}`, options),
    async getConfiguration(prefix, key) {
      return readJson<Record<string, string>>(`${prefix}${key}`)?.value;
    },
    async empty(prefix) {
      if (!prefix.endsWith("/"))
        throw new Error(`Refused to empty "${prefix}": only a prefix with its closing slash is emptied.`);
      const keys = below(prefix);
      for (const key of keys.slice(0, deletesPerCall)) objects.delete(key);
      return keys.length <= deletesPerCall;
    },
  };
}
