// Structured logs: one line of JSON each, with the ids that carry a request through the house.
import { Logger } from "@aws-lambda-powertools/logger";

export const logger = new Logger({ serviceName: "hangar" });

/** An error as log fields, its cause chain included; a message for the public may differ (domain/errors.ts). */
export function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const detail = "detail" in error ? { detail: error.detail } : {};
  return {
    error: { name: error.name, message: error.message, stack: error.stack, ...detail },
    ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
  };
}
