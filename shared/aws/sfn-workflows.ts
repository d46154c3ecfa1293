// State machines on Step Functions: an execution's name is the idempotency key of its start.
import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import type { OperationKind } from "../domain/ladders.ts";
import type { Workflows } from "../ports/workflows.ts";

/** @param settings.stateMachineArnPrefix e.g. `arn:aws:states:eu-west-1:123456789012:stateMachine:hangar-production-` */
export function sfnWorkflows(client: SFNClient, settings: { readonly stateMachineArnPrefix: string }): Workflows {
  const machine = (kind: OperationKind) => `${settings.stateMachineArnPrefix}${kind}`;
  const execution = (kind: OperationKind, name: string) =>
    `${machine(kind).replace(":stateMachine:", ":execution:")}:${name}`;

  return {
    async start(kind, executionName, { operationId, attempt }) {
      const input = JSON.stringify({ operationId, attempt });
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn: machine(kind), name: executionName, input }));
      } catch (error) {
        // it runs or has ended under this name: either way it was started
        if (!(error instanceof Error) || error.name !== "ExecutionAlreadyExists") throw error;
      }
    },
    async describe(kind, executionName) {
      try {
        const found = await client.send(new DescribeExecutionCommand({ executionArn: execution(kind, executionName) }));
        if (found.status === "RUNNING" || found.status === "PENDING_REDRIVE" || !found.stopDate)
          return { state: "running" };
        const unnamed = found.status === "TIMED_OUT" ? "States.Timeout" : null;
        return { state: "ended", endedAt: found.stopDate.getTime(), error: found.error ?? unnamed };
      } catch (error) {
        if (error instanceof Error && error.name === "ExecutionDoesNotExist") return { state: "missing" };
        throw error;
      }
    },
  };
}
