// The second argument of a handler, as Lambda's Node.js runtime makes it.
import type { Call, HostConfiguration } from "./host.ts";
import type { WiredFunction } from "./wiring.ts";

/** Everything Hangar's doors and Powertools read of Lambda's context; the callback methods do nothing, as in Node 24. */
export function invocationContext(
  configuration: Pick<HostConfiguration, "region" | "accountId">,
  functionName: string,
  wired: WiredFunction,
  invocation: Pick<Call, "requestId" | "deadline">,
) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:${configuration.region}:${configuration.accountId}:function:${functionName}`,
    memoryLimitInMB: String(wired.memoryMegabytes),
    awsRequestId: invocation.requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "one-machine",
    getRemainingTimeInMillis: () => Math.max(0, invocation.deadline - Date.now()),
    done() {},
    fail() {},
    succeed() {},
  };
}
