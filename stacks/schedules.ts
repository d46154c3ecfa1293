// What happens by the clock: EventBridge Scheduler calls the wiring's scheduled functions.
import { schedules } from "../functions/triggers.ts";
import { functions } from "./functions.ts";
import { logicalName, physicalName } from "./names.ts";

for (const entry of schedules) {
  new sst.aws.CronV2(logicalName(`${entry.name}-schedule`), {
    schedule: rate(entry.name, entry.everySeconds),
    function: functions[entry.function].arn,
    transform: { schedule: { name: physicalName(entry.name) } },
  });
}

/** EventBridge's finest grain is a minute. */
function rate(name: string, seconds: number): `rate(${string})` {
  if (seconds % 60 !== 0)
    throw new Error(`Schedule ${name}: ${seconds} seconds are not whole minutes, AWS has no finer.`);
  return seconds === 60 ? "rate(1 minute)" : `rate(${seconds / 60} minutes)`;
}
