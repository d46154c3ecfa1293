// What Airflow itself did with the files of the release that runs: read by the scheduler's agent from the metadata
// database. A claim about its own environment, validated as input.
import * as z from "zod";

export const DagStatus = z.object({
  schema: z.literal(1),
  /** Seconds since the epoch. */
  at: z.number(),
  /** The release that was live then; null before the first. */
  release: z.string().max(200).nullable(),
  files: z.record(
    z.string().max(1100),
    z.object({
      /** Seconds since the epoch; null while Airflow has not parsed it. */
      parsedAt: z.number().nullable(),
      /** The release it was parsed from (Airflow 3). */
      release: z.string().max(200).nullable(),
      dagIds: z.array(z.string().max(250)),
      error: z
        .object({ message: z.string().max(2000), line: z.int().min(0).nullable(), traceback: z.string().max(8000) })
        .nullable(),
    }),
  ),
});
export type DagStatus = z.infer<typeof DagStatus>;

/** Where it lies below the environment's prefix. */
export const dagStatusKey = "dags.json";

/** Reads it; anything malformed counts as none. */
export function parseDagStatus(text: string): DagStatus | undefined {
  try {
    return DagStatus.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
