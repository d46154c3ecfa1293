// Queue URLs carry the origin the client dialled, because some SDKs send the next request to the host inside the URL.
import { sqsError } from "./errors.ts";

/** The URL of a queue as seen from the client that asked. */
export function queueUrl(endpoint: string, accountId: string, name: string): string {
  return `${endpoint}/${accountId}/${name}`;
}

/**
 * The queue a URL names. Any origin is taken (a client may hold a URL from before the port changed), the account is not.
 * @throws InvalidAddress for what is no queue URL, QueueDoesNotExist for a queue of another account
 */
export function queueNameOf(url: string, accountId: string): string {
  const match = /\/(\d{12})\/([^/?#]+)\/?$/.exec(url);
  if (!match) throw sqsError("InvalidAddress", `The address ${url} is not valid for this endpoint.`);
  if (match[1] !== accountId) throw sqsError("QueueDoesNotExist", "The specified queue does not exist.");
  return match[2]!;
}
