// What `hangar-agent check-upgrade` found: `upgrade-checks/<id>/result.json`. Users' code runs beside it, so it is validated as
// foreign input.
import * as z from "zod";

const path = z.string().max(1100);
const text = (most: number) => z.string().max(most);

const UpgradeCheckResult = z.object({
  schema: z.literal(1),
  id: text(26),
  airflowVersion: text(20),
  /** Seconds since the epoch. */
  at: z.number(),
  /** False: findings were left out for want of room. */
  complete: z.boolean(),
  /** Installed for the target; null: that failed. */
  packages: z.array(text(300)).max(5000).nullable(),
  warnings: z.array(text(1000)).max(50),
  failed: z.object({ part: text(40), message: text(4000), detail: text(4000), transient: z.boolean() }).nullable(),
  /** By DAG file, what came of its import; null for one there was no time for. The whole null: it came to no imports. */
  files: z
    .record(
      path,
      z
        .object({
          dagIds: z.array(text(250)),
          error: z
            .object({
              message: text(500),
              line: z.int().min(0).nullable(),
              /** The file of the release it was raised in; null: outside. */
              in: path.nullable(),
              traceback: text(1500),
              /** `Variable x` or `Connection x`, where all it lacks is that. */
              missing: text(500).nullable(),
              /** A check does not answer what it asks: this says nothing of what it does in Airflow. */
              unanswered: z.boolean(),
            })
            .nullable(),
        })
        .nullable(),
    )
    .nullable(),
  importsProblem: text(1000).nullable(),
  /** Of ruff, where the hop is from 2 to 3. */
  rules: z
    .array(
      z.object({ file: path, line: z.int().min(0), rule: text(20), message: text(500), fix: text(500).nullable() }),
    )
    .max(500)
    .nullable(),
  rulesProblem: text(1000).nullable(),
  /** Of the migrated copy: DAGs in use, by the file each came from. */
  activeDags: z.record(text(250), text(1024).nullable()).nullable(),
  /** As `migrate-copy` wrote it; only what is shown. */
  migration: z
    .object({
      seconds: z.number(),
      head: z.tuple([text(50).nullable(), text(50).nullable()]),
      rows: z.record(text(100), z.number()),
      secrets: z.number(),
      lost_callbacks: z.number(),
    })
    .nullable(),
  /** By part. */
  seconds: z.record(text(40), z.number()),
});
export type UpgradeCheckResult = z.infer<typeof UpgradeCheckResult>;

/** Reads it; anything malformed, or another check's, counts as none. */
export function parseCheckResult(body: string, id: string): UpgradeCheckResult | undefined {
  try {
    const result = UpgradeCheckResult.safeParse(JSON.parse(body)).data;
    return result?.id === id ? result : undefined;
  } catch {
    return undefined;
  }
}
