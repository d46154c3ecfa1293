// The control bucket in memory: conditional document, content-addressed blobs, reports.
import { createHash } from "node:crypto";
import type { ControlDocument } from "../domain/control-document.ts";
import { dagStatusKey, parseDagStatus } from "../domain/dag-status.ts";
import type { Manifest } from "../domain/release.ts";
import { type Check, checkKey, parseCheck } from "../domain/release-check.ts";
import { type HistoryEntry, historyKey } from "../domain/release-history.ts";
import { lastEventKey } from "../domain/source-telling.ts";
import { type SyncProblem, syncProblemKey } from "../domain/sync-problem.ts";
import { parseReport, type Report } from "../domain/reports.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";

export interface MemoryControlBucket extends ControlBucket {
  /** Every object: its key from the bucket's root, and its text or bytes. */
  readonly objects: Map<string, { readonly body: string | Uint8Array; readonly etag: string }>;
  /** Lays a report down as an agent would; text may be malformed. */
  putReport(prefix: string, taskId: string, report: Report | string): void;
  /** Lays a check down as the scheduler's agent would. */
  putCheck(prefix: string, check: Check): void;
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
    putCheck: (prefix, check) => writeJson(`${prefix}${checkKey(check.candidate)}`, check),

    async copyBlob(prefix, sha256, { size, open }) {
      if (objects.has(`${prefix}blobs/${sha256}`)) return;
      const chunks: Uint8Array[] = [];
      for await (const chunk of await open()) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (bytes.byteLength !== size) throw new Error(`${bytes.byteLength} bytes came, not ${size}.`);
      await this.putBlob(prefix, sha256, bytes);
    },
    async keptBlobs(prefix) {
      const kept = below(`${prefix}blobs/`).map((key) => Buffer.byteLength(objects.get(key)!.body));
      return { count: kept.length, bytes: kept.reduce((sum, size) => sum + size, 0), complete: true };
    },
    async getLayerText(prefix, key) {
      const found = objects.get(`${prefix}${key}`);
      return found && found.body.length <= 1024 ** 2 ? { text: String(found.body), etag: found.etag } : undefined;
    },
    async putLayerText(prefix, key, text, etag) {
      if (etag !== undefined && (objects.get(`${prefix}${key}`)?.etag ?? null) !== etag) return false;
      write(`${prefix}${key}`, text);
      return true;
    },
    async listLayers(prefix) {
      return below(`${prefix}layers/`)
        .flatMap((name) => {
          const key = /^([^/]+)\/recipe\.json$/.exec(name.slice(`${prefix}layers/`.length))?.[1];
          return key ? [{ key, at: Number(objects.get(name)!.etag.replaceAll('"', "")) }] : [];
        })
        .sort((a, b) => b.at - a.at);
    },
    async getCheck(prefix, candidateId) {
      const found = objects.get(`${prefix}${checkKey(candidateId)}`);
      return found && parseCheck(String(found.body));
    },
    putHistory: async (prefix, entry) => writeJson(`${prefix}${historyKey(entry.number)}`, entry),
    getHistory: async (prefix, number) => readJson<HistoryEntry>(`${prefix}${historyKey(number)}`)?.value,
    async listHistory(prefix, after, limit) {
      const from = after === undefined ? "" : `${prefix}${historyKey(after)}`;
      const keys = below(`${prefix}history/`).filter((key) => key > from);
      return keys.slice(0, limit).map((key) => readJson<HistoryEntry>(key)!.value);
    },
    async putSyncProblem(prefix, problem) {
      if (problem) writeJson(`${prefix}${syncProblemKey}`, problem);
      else objects.delete(`${prefix}${syncProblemKey}`);
    },
    getSyncProblem: async (prefix) => readJson<SyncProblem>(`${prefix}${syncProblemKey}`)?.value,
    putLastEvent: async (prefix, at) => writeJson(`${prefix}${lastEventKey}`, { at }),
    getLastEvent: async (prefix) => readJson<{ readonly at: number }>(`${prefix}${lastEventKey}`)?.value.at,
    async getDagStatus(prefix) {
      const found = objects.get(`${prefix}${dagStatusKey}`);
      return found && parseDagStatus(String(found.body));
    },

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
