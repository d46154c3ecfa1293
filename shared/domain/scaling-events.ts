// Which environments a batch of the scaling queue is about: alarms of CloudWatch, and reminders scaling sent itself. Both
// name theirs, so that no other record is read to find it.
import * as z from "zod";
import { alarmName, scalingAlarms } from "./alarms.ts";

/** `EventBridge`, "CloudWatch Alarm State Change"; an alarm on one metric has one with dimensions. */
const AlarmChange = z.object({
  source: z.literal("aws.cloudwatch"),
  detail: z.object({
    alarmName: z.string(),
    state: z.object({ value: z.string() }),
    configuration: z.object({
      metrics: z.array(
        z.object({ metricStat: z.object({ metric: z.object({ dimensions: z.record(z.string(), z.string()) }) }) }),
      ),
    }),
  }),
});
const Reminder = z.object({ remindOf: z.object({ name: z.string(), environmentId: z.string() }) });

/** An environment to look at. */
export interface LookAt {
  readonly name: string;
  /** An alarm was raised: what raised it may not be readable yet (`scaleWorkers`). */
  readonly raised: boolean;
}

/**
 * The environments to look at, each once. An alarm that is over, one that is not scaling's, and what is no message of these
 * two kinds name none: the schedule looks at every environment anyway. A look at a namesake of one that is gone harms nobody.
 * @param bodies messages as JSON text
 */
export function environmentsToLookAt(bodies: readonly string[]): readonly LookAt[] {
  const found = new Map<string, boolean>();
  for (const message of bodies.map(parsed)) {
    const raised = raisedFor(message);
    const name = raised ?? Reminder.safeParse(message).data?.remindOf.name;
    if (name !== undefined) found.set(name, (found.get(name) ?? false) || raised !== undefined);
  }
  return [...found].map(([name, raised]) => ({ name, raised }));
}

function raisedFor(message: unknown): string | undefined {
  const change = AlarmChange.safeParse(message).data?.detail;
  if (change?.state.value !== "ALARM") return undefined;
  const { Environment: name, EnvironmentId: id } = change.configuration.metrics[0]?.metricStat.metric.dimensions ?? {};
  if (name === undefined || id === undefined) return undefined;
  return scalingAlarms.some((alarm) => alarmName(id, alarm) === change.alarmName) ? name : undefined;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
