// Schedules of the wiring: each calls its function at once and then every so many seconds, never twice at a time.
import { randomUUID } from "node:crypto";

export interface WiredSchedule {
  readonly name: string;
  readonly everySeconds: number;
  readonly function: string;
}

export interface ScheduleOptions {
  readonly schedules: readonly WiredSchedule[];
  /** Never rejects; a failed call is simply made again at the next turn. */
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
  readonly region: string;
  readonly accountId: string;
}

/** Starts all schedules. A call that takes longer than its period skips turns. `close` lets calls in flight finish. */
export function startSchedules(options: ScheduleOptions): { close(): Promise<void> } {
  const runs = options.schedules.map((schedule) => run(schedule, options));
  return {
    async close() {
      await Promise.all(runs.map((stop) => stop()));
    },
  };
}

function run(schedule: WiredSchedule, options: ScheduleOptions): () => Promise<void> {
  let current: Promise<unknown> | undefined;
  const fire = () => {
    if (current !== undefined) return;
    current = options.invoke(schedule.function, scheduledEvent(schedule, options)).finally(() => {
      current = undefined;
    });
  };
  const first = setTimeout(fire, 0);
  const timer = setInterval(fire, schedule.everySeconds * 1000);
  return async () => {
    clearTimeout(first);
    clearInterval(timer);
    await current;
  };
}

/** What EventBridge sends a function for a rate expression. */
function scheduledEvent(schedule: WiredSchedule, { region, accountId }: ScheduleOptions) {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: accountId,
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region,
    resources: [`arn:aws:events:${region}:${accountId}:rule/${schedule.name}`],
    detail: {},
  };
}
