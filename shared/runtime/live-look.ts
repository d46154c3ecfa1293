// What a dry run says of the database. It is beside the point of the plan, so a server that does not answer hides it, no more.
import type { UpgradePlan } from "../domain/plan-upgrade.ts";
import type { DatabaseLook } from "../domain/upgrade-forecast.ts";
import type { LiveDatabase } from "../ports/live-database.ts";
import { errorFields, logger } from "./logger.ts";

/** @returns null: there is nothing to be said, as a database is not there or the server does not answer */
export async function lookForPlan(
  { databases }: Pick<UpgradePlan, "databases">,
  { liveDatabase }: { readonly liveDatabase: LiveDatabase },
): Promise<DatabaseLook | null> {
  const { source, original } = databases;
  try {
    const live = await liveDatabase.look(source.database);
    const copied = original.database === source.database ? live : await liveDatabase.look(original.database);
    return live && copied && { bytes: copied.bytes, work: live.work };
  } catch (error) {
    logger.warn("the database could not be looked at for a plan", errorFields(error));
    return null;
  }
}
