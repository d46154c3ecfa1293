// Events on their way to the bus: written in the transaction of the change they tell of, kept until acknowledged.
import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { BusEvent } from "../engine.ts";
import type { S3Request } from "./request.ts";
import type { Deletion, ObjectVersion } from "./versions.ts";

export type CreationReason = "PutObject" | "CompleteMultipartUpload" | "CopyObject";

export interface OutgoingEvent {
  /** Rises with every event; also the event's own sequencer. */
  readonly sequence: number;
  readonly event: BusEvent;
}

export class Outbox {
  readonly #database: DatabaseSync;
  readonly #place: { readonly region: string; readonly now: () => number };
  readonly #insert;
  #grew = false;

  constructor(database: DatabaseSync, place: { readonly region: string; readonly now: () => number }) {
    this.#database = database;
    this.#place = place;
    this.#insert = database.prepare("INSERT INTO outbox (event) VALUES (?)");
  }

  /** Tells of a new object. Call inside the transaction that makes it. */
  created(version: ObjectVersion, reason: CreationReason, request: S3Request): void {
    const { key, size, etag } = version;
    this.#add("Object Created", version, request, { key, size, etag, ...versionMember(version) }, { reason });
  }

  /** Tells of a deletion, if there was one. Call inside the transaction that makes it. */
  deleted(deletion: Deletion, request: S3Request): void {
    const version = deletion.marker ?? deletion.removed;
    if (!version) return;
    const { key, etag } = version;
    const object = { key, ...(etag ? { etag } : {}), ...versionMember(version) };
    const type = deletion.marker ? "Delete Marker Created" : "Permanently Deleted";
    this.#add("Object Deleted", version, request, object, { reason: "DeleteObject", "deletion-type": type });
  }

  /** The oldest events after a sequence number. */
  pending(after: number, limit: number): OutgoingEvent[] {
    const rows = this.#database
      .prepare("SELECT sequence, event FROM outbox WHERE sequence > ? ORDER BY sequence LIMIT ?")
      .all(after, limit);
    return rows.map((row) => {
      const sequence = Number(row["sequence"]);
      const event = JSON.parse(String(row["event"])) as BusEvent;
      const object = event.detail["object"] as Record<string, unknown>;
      const sequencer = sequence.toString(16).toUpperCase().padStart(18, "0");
      return { sequence, event: { ...event, detail: { ...event.detail, object: { ...object, sequencer } } } };
    });
  }

  /** Forgets delivered events. Call inside a transaction. */
  forget(sequences: readonly number[]): void {
    const remove = this.#database.prepare("DELETE FROM outbox WHERE sequence = ?");
    for (const sequence of sequences) remove.run(sequence);
  }

  /** Whether events were added since the last time this was asked. */
  tookEvents(): boolean {
    const grew = this.#grew;
    this.#grew = false;
    return grew;
  }

  #add(
    type: string,
    version: ObjectVersion,
    request: S3Request,
    object: Record<string, unknown>,
    cause: Record<string, string>,
  ): void {
    const event: BusEvent = {
      id: randomUUID(),
      source: "aws.s3",
      "detail-type": type,
      time: new Date(this.#place.now()).toISOString().replace(/\.\d+Z$/, "Z"),
      region: this.#place.region,
      account: request.accountId,
      resources: [`arn:aws:s3:::${version.bucket}`],
      detail: {
        version: "0",
        bucket: { name: version.bucket },
        object,
        "request-id": request.requestId,
        requester: request.accountId,
        "source-ip-address": "127.0.0.1",
        ...cause,
      },
    };
    this.#insert.run(JSON.stringify(event));
    this.#grew = true;
  }
}

function versionMember(version: ObjectVersion): Record<string, string> {
  return version.versionId === "null" ? {} : { "version-id": version.versionId };
}
