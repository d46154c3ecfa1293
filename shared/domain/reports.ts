// What an agent says about its task. A report is a claim about its own environment only, and is validated as input.
import * as z from "zod";

const Component = z.object({
  state: z.enum(["starting", "running", "unhealthy", "stopped"]),
  restarts: z.int().min(0).default(0),
  detail: z.string().max(2000).nullish(),
});

export const Report = z.object({
  schema: z.literal(1),
  taskId: z.string().max(200),
  role: z.enum(["web", "scheduler", "worker"]),
  generation: z.coerce.number().int().min(0),
  /** Seconds since the epoch. */
  at: z.number(),
  healthy: z.boolean(),
  stopping: z.boolean().optional(),
  epoch: z.number().nullish(),
  release: z.object({ id: z.string(), number: z.number() }).nullish(),
  /** Ids of the releases that lie complete on the task's disk. */
  staged: z.array(z.string().max(200)).max(1000).default([]),
  components: z.record(z.string(), Component),
  canary: z
    .object({
      id: z.string(),
      state: z.enum(["running", "success", "failed"]),
      seconds: z.number().nullish(),
      detail: z.string().max(2000).nullish(),
    })
    .nullish(),
  /** Of a worker that was asked to finish its work; `released` is final. */
  drain: z
    .object({
      id: z.string().max(200),
      state: z.enum(["draining", "released"]),
      inFlight: z.number().int().min(0),
    })
    .nullish(),
  /** Of a scheduler that was asked to pause; `paused`: all three components have ended. */
  pause: z.object({ id: z.string().max(200), state: z.enum(["pausing", "paused"]) }).nullish(),
  /** Of a task of a generation that is not committed: it runs nothing but the canary. */
  held: z.boolean().optional(),
  /** Of a worker: tasks received and not finished. */
  inHand: z.int().min(0).nullish(),
  problems: z.array(z.string().max(2000)).default([]),
  /** What the task's components need and do not have (`database`, `queue`): until it is back none is started or killed. */
  hold: z.string().max(200).nullish(),
});
export type Report = z.infer<typeof Report>;

/** Agents report twice a minute: one that has not for so long is gone, or as good as gone. */
export const liveReportSeconds = 90;

/** Reads a report; anything malformed counts as no report at all. */
export function parseReport(text: string): Report | undefined {
  try {
    return Report.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
