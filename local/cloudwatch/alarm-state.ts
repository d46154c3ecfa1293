// Gives an alarm another state: state, history and event in one write, and only what really changed.
import { randomUUID } from "node:crypto";
import type { Alarm, AlarmState } from "./alarm.ts";
import { stateChangeEvent } from "./alarm-event.ts";
import { stateUpdate } from "./alarm-history.ts";
import type { AlarmStore } from "./alarm-store.ts";

/**
 * Writes a state down. One of another value is told to the bus and kept in the history; one of the same value only changes
 * the reason that is shown.
 * @returns whether there is an event to hand over
 */
export function changeState(
  store: Pick<AlarmStore, "put">,
  alarm: Alarm,
  next: Pick<AlarmState, "value" | "reason" | "reasonData">,
  options: { readonly now: number; readonly region: string; readonly accountId: string },
): boolean {
  const { now } = options;
  const previous = alarm.state;
  const isChange = next.value !== previous.value;
  const state = { ...next, updatedAt: now, transitionedAt: isChange ? now : previous.transitionedAt };
  const changed = { ...alarm, state };
  const told = isChange
    ? {
        history: stateUpdate(alarm.configuration.name, previous, state),
        event: stateChangeEvent(changed, previous, randomUUID(), options),
      }
    : {};
  store.put(changed, told);
  return isChange;
}
