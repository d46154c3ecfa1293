// What the machines and the step functions promise each other: which function a Task state calls. With what input:
// inputs.ts, apart, so that the one-machine region reads this file without loading a schema library.
import { type Ladder, ladders, type OperationKind, settleStates, settleStep } from "../shared/domain/ladders.ts";

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
