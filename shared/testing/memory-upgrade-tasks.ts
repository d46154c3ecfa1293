// What the one-off tasks of an upgrade do to the databases in memory when they end, well or not.
import type { TaskSpec } from "../domain/service-specs.ts";
import type { MemoryDatabaseCopies } from "./memory-database-copies.ts";

export const canaryDag = "_hangar_canary";

/** How a one-off task ended. */
export interface TaskEnd {
  readonly exitCode: number | null;
  readonly reason: string;
}

/** Does what `hangar-agent copy-database`, `copy-online` and `migrate-copy` do; other tasks are none of its business. */
export function endUpgradeTask({ command, environment }: TaskSpec, end: TaskEnd, copies: MemoryDatabaseCopies): void {
  if (command.includes("copy-database") && end.exitCode === 0)
    copies.copyAs(
      environment["HANGAR_COPY_USER"]!,
      environment["HANGAR_COPY_SOURCE"]!,
      environment["HANGAR_COPY_TARGET"]!,
    );
  if (command.includes("copy-online") && end.exitCode === 0) fill(environment, copies);
  if (command.includes("migrate-copy")) migrate(environment["HANGAR_METADATA_DATABASE"]!, end, copies);
}

/** A copy that the server refuses leaves the target as it was: whoever looks sees that. */
function fill(environment: TaskSpec["environment"], copies: MemoryDatabaseCopies): void {
  const [role, source, target] = ["USER", "SOURCE", "TARGET"].map((name) => environment[`HANGAR_COPY_${name}`]!);
  try {
    copies.fillAs(role!, source!, target!);
  } catch {}
}

function migrate(database: string, { exitCode, reason }: TaskEnd, copies: MemoryDatabaseCopies): void {
  const contents = copies.contents(database);
  if (contents.migration.state !== "untouched") throw new Error(`${database} was migrated twice.`);
  if (exitCode === null || exitCode > 128) contents.migration = { state: "begun" };
  else if (exitCode > 0) contents.migration = { state: "failed", reason };
  else {
    const held = [...contents.dags].filter(([dag, paused]) => !paused && dag !== canaryDag).map(([dag]) => dag);
    for (const dag of held) contents.dags.set(dag, true);
    contents.heldDags = held;
    contents.migration = { state: "done", seconds: 7 };
  }
}
