// What a machine is started with, and what its Task states hand to the step functions.
import * as z from "zod";

/** The whole input of an execution (design, section 5): everything else is read from the operation item. */
export const ExecutionInput = z.strictObject({ operationId: z.string().min(1), attempt: z.int().min(1) });

/** What each Task's Parameters carry. The door finds rung and direction from `state`. */
export const StepInput = z.strictObject({
  operationId: z.string().min(1),
  attempt: z.int().min(1),
  state: z.string().min(1),
});
export type StepInput = z.infer<typeof StepInput>;
