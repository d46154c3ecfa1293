// The state machines of this function's pool.
import { SFNClient } from "@aws-sdk/client-sfn";
import { sfnWorkflows } from "../../aws/sfn-workflows.ts";
import { functionEnvironment, once } from "../environment.ts";

export const workflows = once(() =>
  sfnWorkflows(new SFNClient(), { stateMachineArnPrefix: functionEnvironment().stateMachineArnPrefix }),
);
