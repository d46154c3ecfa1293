// The event door: queue batches and schedules. A message that fails is reported alone, so the rest is not repeated.
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { errorFields, logger } from "./logger.ts";

type LambdaLike = Pick<Context, "awsRequestId">;

/**
 * Makes a Lambda handler of a queue's consumer. The inner function gets all bodies at once: uploads come in batches
 * and one listing serves them all.
 * @returns which messages failed: all of them when the inner function throws, none otherwise
 */
export function queueHandler<Ports>(
  inner: (bodies: readonly string[], ports: Ports) => Promise<void>,
  ports: () => Ports,
) {
  return async (event: SQSEvent, context: LambdaLike): Promise<SQSBatchResponse> => {
    logger.resetKeys();
    logger.appendKeys({ requestId: context.awsRequestId });
    try {
      await inner(
        event.Records.map((record) => record.body),
        ports(),
      );
      return { batchItemFailures: [] };
    } catch (error) {
      logger.error("batch failed", errorFields(error));
      return { batchItemFailures: event.Records.map((record) => ({ itemIdentifier: record.messageId })) };
    }
  };
}

/** Makes a Lambda handler of a reconciler that a schedule starts; it carries nothing in. */
export function scheduleHandler<Ports>(inner: (ports: Ports) => Promise<void>, ports: () => Ports) {
  return async (_event: unknown, context: LambdaLike): Promise<void> => {
    logger.resetKeys();
    logger.appendKeys({ requestId: context.awsRequestId });
    try {
      await inner(ports());
    } catch (error) {
      logger.error("schedule failed", errorFields(error));
      throw error;
    }
  };
}
