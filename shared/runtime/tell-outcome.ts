// Tells people's alarm how an operation ended. It is told on the way: an outcome never waits for CloudWatch, and a repeat
// of the step says the same again.
import type { OperationItem } from "../domain/items.ts";
import type { OperationOutcomes } from "../ports/operation-outcomes.ts";
import { errorFields, logger } from "./logger.ts";

/** @param stuck false: it was committed or undone, which also ends the alarm of one that was stuck before */
export async function tellOutcome(
  { environmentName: name, environmentId }: Pick<OperationItem, "environmentName" | "environmentId">,
  stuck: boolean,
  operationOutcomes: OperationOutcomes,
): Promise<void> {
  try {
    await operationOutcomes.tell({ name, environmentId }, stuck);
  } catch (error) {
    logger.warn("CloudWatch was not told how the operation ended", { name, stuck, ...errorFields(error) });
  }
}
