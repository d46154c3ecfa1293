// The process environment of a function, parsed once. Only runtime, aws and local read it (house rule 8).
import * as z from "zod";
import { Pool } from "../domain/pool.ts";

const FunctionEnvironment = z.object({
  HANGAR_TABLE: z.string().min(1),
  HANGAR_POOL: z.string().min(2),
  /** e.g. `arn:aws:states:eu-west-1:123456789012:stateMachine:hangar-production-` */
  HANGAR_STATE_MACHINE_ARN_PREFIX: z.string().min(1),
});

let parsed: { table: string; pool: Pool; stateMachineArnPrefix: string } | undefined;

/**
 * The function's settings.
 * @throws Error naming the variable that is missing or malformed: a deployment fault
 */
export function functionEnvironment() {
  if (parsed) return parsed;
  const raw = FunctionEnvironment.parse(process.env);
  parsed = {
    table: raw.HANGAR_TABLE,
    pool: Pool.parse(JSON.parse(raw.HANGAR_POOL)),
    stateMachineArnPrefix: raw.HANGAR_STATE_MACHINE_ARN_PREFIX,
  };
  return parsed;
}

/** The facts of the pool this function works in. */
export const pool = (): Pool => functionEnvironment().pool;

/** Builds a value at first use and keeps it: an SDK client lives as long as its Lambda does. */
export function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
