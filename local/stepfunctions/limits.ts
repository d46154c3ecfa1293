// The quotas of Step Functions that a machine could come to rely on not being there.

/** Input, output and payload of executions and states, in bytes of UTF-8. */
export const maximumPayloadBytes = 262_144;
/** Events of one execution; the last one says that there were too many. */
export const maximumHistoryEvents = 25_000;
/** A definition, in bytes. */
export const maximumDefinitionBytes = 1_048_576;
/**
 * A Wait may last a year in AWS. The library's timers overflow after 24.8 days and then end at once, so we refuse well
 * before that.
 */
export const maximumWaitSeconds = 20 * 24 * 3600;
/** How long a closed execution is remembered, and its name taken. */
export const retentionMilliseconds = 90 * 24 * 3600 * 1000;

/** Size on the wire of a JSON value. */
export function payloadBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
