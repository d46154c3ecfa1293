// Environments' own REST APIs in memory: one answer for all, and what was asked.
import type { AirflowCall, AirflowRest } from "../ports/airflow-rest.ts";

export interface MemoryAirflowRest extends AirflowRest {
  /** The answer of the next calls; an error's name is thrown instead. */
  answer: { readonly status: number; readonly body: string } | { readonly error: string };
  readonly asked: AirflowCall[];
}

/** An Airflow that says yes to everything. */
export function memoryAirflowRest(): MemoryAirflowRest {
  return {
    answer: { status: 200, body: "{}" },
    asked: [],
    async call(call) {
      this.asked.push(call);
      if ("error" in this.answer) throw Object.assign(new Error(this.answer.error), { name: this.answer.error });
      if (Buffer.byteLength(this.answer.body) <= call.mostBytes) return this.answer;
      throw Object.assign(new Error("AirflowAnswerTooLong"), { name: "AirflowAnswerTooLong" });
    },
  };
}
