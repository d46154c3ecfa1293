// Which environments a batch of the scaling queue is about: alarms of CloudWatch, and reminders scaling sent itself.
import * as z from "zod";
import { alarmName, scalingAlarms } from "./alarms.ts";
import type { EnvironmentItem } from "./items.ts";

const AlarmChange = z.object({
  source: z.literal("aws.cloudwatch"),
  detail: z.object({ alarmName: z.string(), state: z.object({ value: z.string() }) }),
});
const Reminder = z.object({ remindOf: z.object({ name: z.string(), environmentId: z.string() }) });

/**
 * The environments to look at, each once. An alarm that is over, one of an environment that is gone, and what is no message
 * of these two kinds name none: the schedule looks at every environment anyway.
 * @param bodies messages as JSON text
 */
export function environmentsToScale(
  bodies: readonly string[],
  environments: readonly EnvironmentItem[],
): readonly EnvironmentItem[] {
  const messages = bodies.map(parsed);
  const raised = new Set(
    messages.flatMap((message) => {
      const change = AlarmChange.safeParse(message).data?.detail;
      return change?.state.value === "ALARM" ? [change.alarmName] : [];
    }),
  );
  const reminded = new Set(
    messages.flatMap((message) => Reminder.safeParse(message).data?.remindOf.environmentId ?? []),
  );
  return environments.filter(
    ({ environmentId }) =>
      reminded.has(environmentId) || scalingAlarms.some((alarm) => raised.has(alarmName(environmentId, alarm))),
  );
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
