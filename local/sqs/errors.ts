// The errors of SQS, each with its JSON shape name and the older code that boto3 and older clients still compare with.
import { ServiceError } from "../json-protocol.ts";

const catalogue = {
  BatchEntryIdsNotDistinct: ["com.amazonaws.sqs", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400],
  BatchRequestTooLong: ["com.amazonaws.sqs", "AWS.SimpleQueueService.BatchRequestTooLong", 400],
  EmptyBatchRequest: ["com.amazonaws.sqs", "AWS.SimpleQueueService.EmptyBatchRequest", 400],
  InvalidAddress: ["com.amazonaws.sqs", "InvalidAddress", 404],
  InvalidAttributeName: ["com.amazonaws.sqs", "InvalidAttributeName", 400],
  InvalidAttributeValue: ["com.amazonaws.sqs", "InvalidAttributeValue", 400],
  InvalidBatchEntryId: ["com.amazonaws.sqs", "AWS.SimpleQueueService.InvalidBatchEntryId", 400],
  InvalidMessageContents: ["com.amazonaws.sqs", "InvalidMessageContents", 400],
  InvalidParameterValueException: ["com.amazon.coral.service", "InvalidParameterValue", 400],
  MessageNotInflight: ["com.amazonaws.sqs", "AWS.SimpleQueueService.MessageNotInflight", 400],
  MissingRequiredParameterException: ["com.amazon.coral.service", "MissingParameter", 400],
  OverLimit: ["com.amazonaws.sqs", "OverLimit", 403],
  PurgeQueueInProgress: ["com.amazonaws.sqs", "AWS.SimpleQueueService.PurgeQueueInProgress", 403],
  QueueDeletedRecently: ["com.amazonaws.sqs", "AWS.SimpleQueueService.QueueDeletedRecently", 400],
  QueueDoesNotExist: ["com.amazonaws.sqs", "AWS.SimpleQueueService.NonExistentQueue", 400],
  QueueNameExists: ["com.amazonaws.sqs", "QueueAlreadyExists", 400],
  ReceiptHandleIsInvalid: ["com.amazonaws.sqs", "ReceiptHandleIsInvalid", 404],
  TooManyEntriesInBatchRequest: ["com.amazonaws.sqs", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400],
  UnsupportedOperation: ["com.amazonaws.sqs", "AWS.SimpleQueueService.UnsupportedOperation", 400],
} as const satisfies Record<string, readonly [namespace: string, queryCode: string, status: number]>;

export type SqsErrorName = keyof typeof catalogue;

/** An SQS error by its shape name. The older code travels in `x-amzn-query-error`, where botocore looks for it. */
export function sqsError(name: SqsErrorName, message: string): ServiceError {
  const [namespace, queryCode, status] = catalogue[name];
  return new ServiceError(`${namespace}#${name}`, message, {
    status,
    headers: { "x-amzn-query-error": `${queryCode};Sender` },
  });
}

/** The code a batch entry's failure carries (the older one, as SQS does). */
export function batchFailureCode(error: ServiceError): string {
  return (error.headers["x-amzn-query-error"] ?? error.code).split(";")[0]!;
}

/** SQS's sentence for a parameter that is out of its bounds. */
export function invalidParameter(parameter: string, value: unknown, reason: string): ServiceError {
  const message = `Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`;
  return sqsError("InvalidParameterValueException", message);
}
