// DynamoDB on one machine: the parts of dynalite in this process, behind the front door. Its server is left out: it checks
// no signature and would serve anyone who can reach its port.
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { diskFullCode, isDiskFull } from "../disk-full.ts";
import type { Engine, ServiceRequest, ServiceResponse } from "../engine.ts";
import type { Unkind } from "../unkind/unkind.ts";
import { readLocally } from "./local-reads.ts";
import { type CarryOut, withOldReads } from "./old-reads.ts";

/**
 * Opens the table store.
 * @param options.folder private folder of this engine; LevelDB keeps its files in `<folder>/leveldb`. One process only:
 *   a second one is refused by LevelDB's own lock.
 * @throws Error when LevelDB cannot be opened
 */
export async function startDynamo(options: { readonly folder: string; readonly unkind?: Unkind }): Promise<Engine> {
  // 80 ms: not before the region's processes are on their way
  const [{ default: database }, { carryOut }] = await Promise.all([
    import("dynalite/db/index.js"),
    import("./operations.ts"),
  ]);
  const path = join(options.folder, "leveldb");
  const store = database.create({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await store.db.open();
  readLocally(store);
  const truth: CarryOut = (target, body) => carryOut(store, target, body);
  const perform = options.unkind ? withOldReads(truth, options.unkind, Date.now) : truth;
  return {
    signingNames: ["dynamodb"],
    handle: (request) => answerOf(perform, request),
    close: () => store.lifecycleManager.gracefulClose(),
  };
}

/** LevelDB takes no write after a failed one until it is opened again: room alone does not help the table. */
export const tableFullMessage =
  "The disk of this one-machine region is full, and its table takes no more writes. Free some space there, then start the " +
  "region again: npx hangar down; npx hangar up.";

/**
 * Answers one request.
 * @param perform carries it out; what it throws is a fault of the store
 * @throws what `perform` throws, but for a full disk: that is answered with a reason
 */
export async function answerOf(perform: CarryOut, request: ServiceRequest): Promise<ServiceResponse> {
  if (request.method !== "POST") return notAnOperation;
  try {
    const { status, document } = await perform(request.headers["x-amz-target"] ?? "", textOf(request));
    return answer(request, status, JSON.stringify(document));
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    process.stderr.write(`engine fault: ${String(error)}\n`);
    return answer(request, 500, JSON.stringify({ __type: diskFullCode, message: tableFullMessage }));
  }
}

const textOf = (request: ServiceRequest): string => request.body.toString("utf8");

/** With the checksum boto3 holds the answer to. */
function answer(request: ServiceRequest, status: number, body: string): ServiceResponse {
  const headers = {
    "x-amzn-requestid": request.requestId,
    "x-amz-crc32": String(crc32(body)),
    "content-type": "application/x-amz-json-1.0",
  };
  return { status, headers, body };
}

const notAnOperation: ServiceResponse = { status: 404, headers: {}, body: "<UnknownOperationException/>\n" };
