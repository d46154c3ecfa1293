// What the scheduler's agent found when it imported a candidate. A claim about its own environment, validated as input.
import * as z from "zod";

const FileError = z.object({
  message: z.string().max(2000),
  line: z.int().min(0).nullable(),
  traceback: z.string().max(8000),
});
export type FileError = z.infer<typeof FileError>;

const CheckedFile = z.object({
  state: z.enum(["ok", "failed", "unchecked"]),
  dagIds: z.array(z.string().max(250)).max(1000),
  error: FileError.nullable(),
  /** What the same path did in the release before. */
  before: z.enum(["ok", "failed", "new", "unknown"]),
  /** The Variable or Connection whose absence is its only fault: that never holds a file back. */
  missing: z.string().max(500).nullable(),
});

export const Check = z.object({
  schema: z.literal(1),
  /** The candidate's id. */
  candidate: z.string().max(200),
  /** The release it was compared with. */
  base: z.string().max(200).nullable(),
  taskId: z.string().max(200),
  /** Seconds since the epoch. */
  at: z.number(),
  seconds: z.number().min(0),
  state: z.enum(["checked", "impossible"]),
  problem: z.string().max(2000).nullable(),
  /** Those that were imported in this check, by path. */
  files: z.record(z.string().max(1100), CheckedFile),
  /** Paths whose bytes of the base release shall be served instead. */
  held: z.array(z.object({ path: z.string().max(1100), because: z.string().max(2000) })).max(10_000),
});
export type Check = z.infer<typeof Check>;

/** Where a candidate's check lies below the environment's prefix. */
export const checkKey = (candidateId: string): string => `checks/${candidateId}.json`;

/** Reads a check; anything malformed counts as none. */
export function parseCheck(text: string): Check | undefined {
  try {
    return Check.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
