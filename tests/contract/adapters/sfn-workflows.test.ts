// The Step Functions adapter on the region's Step Functions.
import { SFNClient } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll } from "vitest";
import { createStepFunctionsEngine, type StepFunctionsEngine } from "../../../local/stepfunctions/engine.ts";
import { sfnWorkflows } from "../../../shared/aws/sfn-workflows.ts";
import type { Workflows } from "../../../shared/ports/workflows.ts";
import { until } from "../ecs/steps.ts";
import { type EngineUnderTest, serveEngine } from "../serve.ts";
import { workflowsContract } from "./workflows.suite.ts";

let served: EngineUnderTest<StepFunctionsEngine>;
let client: SFNClient;
let workflows: Workflows;
const inputs: unknown[] = [];
/** Executions run in the order they are started: the one that waits is the one a test lets end. */
let release: (outcome: { payload: unknown } | { errorType: string; errorMessage: string; trace: string[] }) => void;

beforeAll(async () => {
  served = await serveEngine((context) =>
    createStepFunctionsEngine({
      ...context,
      invoke(_name, payload) {
        inputs.push(payload);
        return new Promise((resolve) => {
          release = resolve;
        });
      },
    }),
  );
  const task = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:work", End: true };
  for (const kind of ["create-environment", "delete-environment"]) {
    served.engine.register(`hangar-test-${kind}`, { StartAt: "Work", States: { Work: task } });
  }
  client = new SFNClient(served.client);
  workflows = sfnWorkflows(client, {
    stateMachineArnPrefix: "arn:aws:states:us-east-1:000000000000:stateMachine:hangar-test-",
  });
});

afterAll(async () => {
  client.destroy();
  await served.close();
});

workflowsContract(() => ({
  workflows,
  inputs: () => inputs,
  async end(name, error) {
    const before = inputs.length;
    const kind = name.startsWith("create") ? "create-environment" : "delete-environment";
    await until("the task runs", async () => inputs.length >= Math.max(1, before));
    await until("the execution ended", async () => {
      release?.(error === undefined ? { payload: null } : { errorType: error, errorMessage: "as told", trace: [] });
      return (await workflows.describe(kind, name)).state === "ended";
    });
  },
}));
