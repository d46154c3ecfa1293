// Snapshots through the API: those of an environment, and all there are.
import { type ApiTarget, callApi } from "./api-client.ts";
import { note } from "./print.ts";
import { timeText } from "./sync-text.ts";

export interface Snapshot {
  readonly Name: string;
  readonly State: "CREATING" | "AVAILABLE" | "FAILED";
  readonly AirflowVersion: string;
  readonly CreatedAt: number;
  readonly ExpiresAt: number;
  readonly Restorable: boolean;
  readonly Description?: string;
  readonly Failure?: string;
  readonly Reason?: string;
}

export interface AnySnapshot extends Snapshot {
  readonly Environment: string;
  /** The last one of an environment that was deleted. */
  readonly Final: boolean;
}

/** @param rest segments below the list, the snapshot's name first */
export const pathOf = (environment: string, ...rest: readonly string[]): string =>
  `/environments/${[environment, "snapshots", ...rest].map(encodeURIComponent).join("/")}`;

export const listSnapshots = async (target: ApiTarget, environment: string): Promise<readonly Snapshot[]> =>
  (await callApi<{ Snapshots: Snapshot[] }>(target, "GET", pathOf(environment))).Snapshots;

export const listAllSnapshots = async (target: ApiTarget): Promise<readonly AnySnapshot[]> =>
  (await callApi<{ Snapshots: AnySnapshot[] }>(target, "GET", "/snapshots")).Snapshots;

/** Says where the database of an environment that was just deleted is, and how it is dropped. @param id as its names carry it */
export async function noteFinalSnapshot(target: ApiTarget, id: string): Promise<void> {
  const own = (await listAllSnapshots(target)).find(({ Final, Name }) => Final && Name.startsWith(`hangar_${id}`));
  if (!own) return;
  note(`  its database is kept until ${timeText(own.ExpiresAt)} as snapshot ${own.Name}`);
  note(`  drop it now: npx hangar snapshot delete ${own.Name} --yes`);
}
