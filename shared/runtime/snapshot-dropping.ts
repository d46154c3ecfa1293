// Drops one snapshot whose time is over: first the database, then its entry on the record, so that none is forgotten.
import type { EnvironmentItem } from "../domain/items.ts";
import type { Snapshot } from "../domain/snapshot-item.ts";
import type { Databases } from "../ports/databases.ts";
import type { Environments } from "../ports/environments.ts";
import { changeEnvironment } from "./change-environment.ts";

/** Safe to repeat and to be cut off. The caller has seen to it that no operation wants it. */
export async function dropSnapshot(
  environment: Pick<EnvironmentItem, "name" | "environmentId">,
  { name, role }: Pick<Snapshot, "name" | "role">,
  ports: { readonly databases: Databases; readonly environments: Environments },
): Promise<void> {
  await ports.databases.dropDatabase(name, role);
  const others = ({ snapshots = [] }: EnvironmentItem) => snapshots.filter((one) => one.name !== name);
  await changeEnvironment(environment, (record) => ({ snapshots: others(record) }), ports);
}
