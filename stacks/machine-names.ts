// The machines' names and ARNs, known before the machines are: functions that start a machine are made before the
// machine that calls functions.
import { physicalName } from "./names.ts";
import { accountId, partition, region } from "./settings.ts";

/** `arn:…:stateMachine:hangar-test-`; an operation's name follows. */
export const stateMachineArnPrefix = $interpolate`arn:${partition}:states:${region}:${accountId}:stateMachine:${physicalName("")}`;

/** Executions of one machine. */
export const executionArns = (machine: string): $util.Output<string> =>
  $interpolate`arn:${partition}:states:${region}:${accountId}:execution:${physicalName(machine)}:*`;
