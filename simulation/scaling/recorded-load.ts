// A load that was recorded: one JSON object a line, {"at": seconds or an ISO time, "seconds": how long the task ran}.
import * as z from "zod";
import { type Arrival, secondsOfDay } from "./loads.ts";

const Line = z.object({ at: z.union([z.number(), z.iso.datetime({ offset: true })]), seconds: z.number().positive() });

/**
 * Reads a recording. Its first task begins the day; what comes more than a day later is left out.
 * @throws Error naming the line that is no such object, or when there is none
 */
export function readRecordedLoad(text: string): readonly Arrival[] {
  const lines = text.split("\n").flatMap((line, index) => (line.trim() === "" ? [] : [parsed(line, index + 1)]));
  if (lines.length === 0) throw new Error('The recording is empty: it takes lines like {"at": 0, "seconds": 60}.');
  const first = lines.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  return lines
    .map(({ at, seconds }) => ({ at: at - first, seconds }))
    .filter(({ at }) => at < secondsOfDay)
    .sort((one, other) => one.at - other.at);
}

/** The same day on another environment: its tasks come a while later, and at the end of the day from the beginning. */
export const shifted = (arrivals: readonly Arrival[], bySeconds: number): readonly Arrival[] =>
  arrivals
    .map(({ at, seconds }) => ({ at: (at + bySeconds) % secondsOfDay, seconds }))
    .sort((one, other) => one.at - other.at);

function parsed(line: string, number: number): Arrival {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  const read = Line.safeParse(value);
  if (!read.success)
    throw new Error(
      `Line ${number} of the recording is no {"at": …, "seconds": …}: "at" is a number of seconds or a time as 2026-01-01T02:00:00Z, "seconds" a positive number.`,
    );
  const { at, seconds } = read.data;
  return { at: typeof at === "number" ? at : Date.parse(at) / 1000, seconds };
}
