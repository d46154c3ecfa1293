// The operations that make, change and remove alarms: put, delete, set a state, switch actions on and off.
import type { JsonInput, JsonOperation } from "../json-protocol.ts";
import { type Alarm, initialState, stateValues } from "./alarm.ts";
import { configurationUpdate } from "./alarm-history.ts";
import { changeState } from "./alarm-state.ts";
import type { AlarmStore } from "./alarm-store.ts";
import { readTags } from "./alarm-tag-operations.ts";
import { metricsError, missing, optionalChoice, optionalText, requiredText, texts } from "./errors.ts";
import { readAlarm } from "./read-alarm.ts";

/** CloudWatch has no such limit any more; this region has one, so that a client gone wild does not fill the disk. */
const mostAlarms = 10_000;
const mostNames = 100;

/** @param options.stateChanged called when an event lies in the outbox */
export function alarmOperations(
  store: AlarmStore,
  options: {
    readonly now: () => number;
    readonly region: string;
    readonly accountId: string;
    readonly stateChanged: () => void;
  },
): Readonly<Record<string, JsonOperation>> {
  const { now } = options;

  function switchActions(input: JsonInput, actionsEnabled: boolean): undefined {
    for (const name of readNames(input)) {
      const alarm = store.find(name);
      if (!alarm || alarm.configuration.actionsEnabled === actionsEnabled) continue;
      const at = now();
      const configuration = { ...alarm.configuration, actionsEnabled };
      const changed: Alarm = { ...alarm, configuration, configurationUpdatedAt: at };
      store.put(changed, { history: configurationUpdate("Update", changed, at, options) });
    }
  }

  return {
    PutMetricAlarm(input) {
      const configuration = readAlarm(input);
      const tags = readTags(input, {});
      const existing = store.find(configuration.name);
      if (!existing && store.count() >= mostAlarms) {
        throw metricsError("LimitExceededFault", `This region holds ${mostAlarms} alarms already. Delete some first.`);
      }
      const at = now();
      // An alarm that is put again keeps its state, and its tags: those change by TagResource.
      const alarm = { configuration, configurationUpdatedAt: at, state: existing?.state ?? initialState(at) };
      store.put(alarm, { history: configurationUpdate(existing ? "Update" : "Create", alarm, at, options) }, tags);
      return undefined;
    },

    DeleteAlarms(input) {
      for (const name of readNames(input)) {
        const alarm = store.find(name);
        if (alarm) store.remove(name, { history: configurationUpdate("Delete", alarm, now(), options) });
      }
      return undefined;
    },

    SetAlarmState(input) {
      const name = requiredText(input, "AlarmName", 255);
      const value = optionalChoice(input, "StateValue", stateValues) ?? missing("StateValue");
      const reason = input["StateReason"] === "" ? "" : requiredText(input, "StateReason", 1023);
      const reasonData = input["StateReasonData"] === "" ? undefined : optionalText(input, "StateReasonData", 4000);
      if (reasonData !== undefined && !isJson(reasonData)) {
        throw metricsError("InvalidFormatFault", "StateReasonData must be valid JSON.");
      }
      const alarm = store.find(name);
      if (!alarm) throw metricsError("ResourceNotFound", `There is no alarm ${name}.`);
      const next = { value, reason, ...(reasonData === undefined ? {} : { reasonData }) };
      if (changeState(store, alarm, next, { ...options, now: now() })) options.stateChanged();
      return undefined;
    },

    EnableAlarmActions: (input) => switchActions(input, true),
    DisableAlarmActions: (input) => switchActions(input, false),
  };
}

function readNames(input: JsonInput): readonly string[] {
  if ((input["AlarmNames"] ?? undefined) === undefined) return missing("AlarmNames");
  return texts(input, "AlarmNames", mostNames, 255);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
