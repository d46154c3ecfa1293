// What the machines and the step functions promise each other: which function a Task state calls, and with what input.
import * as z from "zod";
import { type Ladder, ladders, type OperationKind, settleStates, settleStep } from "../shared/domain/ladders.ts";

/** The whole input of an execution (design, section 5): everything else is read from the operation item. */
export const ExecutionInput = z.strictObject({ operationId: z.string().min(1), attempt: z.int().min(1) });

/** What each Task's Parameters carry. The door finds rung and direction from `state`. */
export const StepInput = z.strictObject({
  operationId: z.string().min(1),
  attempt: z.int().min(1),
  state: z.string().min(1),
});
export type StepInput = z.infer<typeof StepInput>;

export interface MachineContract {
  readonly name: OperationKind;
  /** From the project's root. */
  readonly file: string;
  readonly ladder: Ladder;
  /** Task state → step function. */
  readonly functionOfState: Readonly<Record<string, string>>;
}

/** Every machine there is, by operation. */
export const machines: readonly MachineContract[] = Object.entries(ladders).map(([name, ladder]) => ({
  name: name as OperationKind,
  file: `state-machines/${name}.asl.json`,
  ladder,
  functionOfState: functionOfState(ladder),
}));

function functionOfState(ladder: Ladder): Record<string, string> {
  const table: Record<string, string> = {};
  for (const rung of ladder.rungs) {
    table[rung.state] = rung.step;
    if (ladder.type === "saga" && (rung.kind === "effect" || rung.kind === "once"))
      table[`Undo${rung.state}`] = rung.step;
  }
  for (const [state, outcome] of Object.entries(settleStates)) {
    if (ladder.type === "saga" || outcome === "stuck") table[state] = settleStep;
  }
  return table;
}
