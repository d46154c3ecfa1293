// What the tests of every ladder go through: the Task states of its file, and what can go wrong at one without being the end.
import { readFileSync } from "node:fs";
import type { OperationKind } from "../../shared/domain/ladders.ts";
import { machines } from "../contract.ts";
import type { Mischief } from "./run-ladder.ts";

/** All but `fails`: the ladder comes through, forward or back. */
export const recoverable: readonly Mischief[] = [
  "timesOutAfterItsWork",
  "diesBeforeTheJournal",
  "becomesAZombie",
  "executionDiesAfterIt",
  "isCalledTwice",
];

/** In the file's order. */
export function taskStates(kind: OperationKind): readonly string[] {
  const { file } = machines.find(({ name }) => name === kind)!;
  const { States } = JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")) as {
    States: Record<string, { Type: string }>;
  };
  return Object.keys(States).filter((name) => States[name]!.Type === "Task");
}
