// What the extensions answer about upgrades of the Airflow version, as JSON Schema.
import { reference, type Schema } from "./model-schemas.ts";
import { described, list, object, text, truth, words } from "./schema-parts.ts";

/** By component name. */
export const upgradeSchemas: Readonly<Record<string, Schema>> = {
  UpgradeTarget: object(
    {
      To: text,
      Reachable: truth,
      Reason: described(text, "Why it cannot be reached, and what can be done instead."),
      Hops: list(reference("UpgradeHop"), "In order, each an operation of its own; none when it cannot be reached."),
      ReleasedUpstream: { type: ["string", "null"] },
      OfferedByMwaaSince: { type: ["string", "null"] },
      Warnings: list(
        reference("OptionWarning"),
        "About options of the environment that are renamed, removed or without effect there, and are not so today.",
      ),
    },
    "Reason",
  ),
  UpgradeHop: object({
    From: text,
    To: text,
    How: described(
      words("MIGRATE", "RESTORE"),
      "MIGRATE: a copy of the database is migrated. RESTORE: an earlier snapshot takes its place.",
    ),
    Reason: text,
  }),
};
