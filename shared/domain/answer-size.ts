// What one answer may hold: a function's answer is JSON within JSON, and Lambda takes 6 MB of that ("Lambda quotas").
import { mostAnswerBytes } from "./rest-bridge.ts";

/** Bytes of a value as part of an answer: as JSON text, and that text once more as a JSON string. */
export const answerBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(JSON.stringify(value)));

/**
 * The first rows that fit into one answer: at least one, so that a list goes on whatever its rows are.
 * @param around what the answer holds beside them
 */
export function fittingRows<Row>(rows: readonly Row[], around: unknown, most = mostAnswerBytes): readonly Row[] {
  let left = most - answerBytes(around);
  const count = rows.findIndex((row, at) => {
    left -= answerBytes(row);
    return left < 0 && at > 0;
  });
  return count < 0 ? rows : rows.slice(0, count);
}
