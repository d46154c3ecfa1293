// An environment and its operation as CreateEnvironment plans them: what tests of later decisions start from.
import { createHash } from "node:crypto";
import { createRequest, testPool } from "../../state-machines/testing/requests.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import { type FileWish, type FoundFiles, requestedFiles } from "../domain/layer-wish.ts";
import { configurationOf, planCreate, requestText } from "../domain/plan-create.ts";
import type { Pool } from "../domain/pool.ts";
import type { CreateEnvironmentRequest } from "../domain/requests.ts";

export const plannedAt = Date.UTC(2026, 0, 1);
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
export const goodBucket = { exists: true, versioned: true, publicAccessBlocked: true };

/** Every file is there; unpinned ones have the version `newest`. */
export const foundAll = (wishes: readonly FileWish[]): FoundFiles =>
  Object.fromEntries(
    wishes.map(({ part, key, versionId }) => [part, { key, versionId: versionId ?? "newest", size: 10 }]),
  );

/** Plans a create of the sample request with some members changed. @throws what planCreate throws */
export function planned(
  changes: Partial<CreateEnvironmentRequest> = {},
  options: {
    readonly pool?: Partial<Pool>;
    readonly environmentId?: string;
    readonly bucket?: typeof goodBucket;
    readonly found?: FoundFiles;
  } = {},
) {
  const request = { ...createRequest, ...changes };
  return planCreate({
    request,
    requestHash: sha256(requestText(request)),
    configuration: configurationOf(request, sha256),
    bucket: options.bucket ?? goodBucket,
    found: options.found ?? foundAll(requestedFiles(request)),
    pool: { ...testPool, ...options.pool },
    environmentId: options.environmentId ?? "e0000000001",
    operationId: "o".repeat(26),
    caller: "arn:aws:iam::000000000000:user/operator",
    now: plannedAt,
  });
}

/** The record in a status, with no operation in flight unless one is given. */
export const recordIn = (
  status: EnvironmentItem["status"],
  changes: Partial<EnvironmentItem> = {},
): EnvironmentItem => ({
  ...planned().environment,
  status,
  operationId: null,
  operationKind: null,
  ...changes,
});
