// One Step Functions machine for each operation, from the ladder files. Raw resources: SST's component writes JSONata
// and gives its role far more than a ladder needs.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { FunctionName } from "../functions/wiring.ts";
import { type MachineContract, machines as contracts } from "../state-machines/contract.ts";
import { functions } from "./functions.ts";
import { machineDefinition } from "./machine-definition.ts";
import { logicalName, physicalName } from "./names.ts";
import { accountId, logRetentionDays } from "./settings.ts";

/** Every machine, by its operation. */
export const machines = contracts.map((contract) => ({ contract, machine: machine(contract) }));

function machine(contract: MachineContract): aws.sfn.StateMachine {
  const name = logicalName(contract.name);
  const logs = new aws.cloudwatch.LogGroup(`${name}MachineLogs`, {
    // Under this prefix AWS's log delivery needs no entry of its own in the resource policy, which has a size limit.
    name: `/aws/vendedlogs/states/${physicalName(contract.name)}`,
    retentionInDays: logRetentionDays,
  });
  return new aws.sfn.StateMachine(`${name}Machine`, {
    name: physicalName(contract.name),
    type: "STANDARD",
    roleArn: machineRole(contract).arn,
    definition: definition(contract),
    loggingConfiguration: {
      level: "ERROR",
      // Input and results of a ladder are ids and verdicts, never a secret.
      includeExecutionData: true,
      logDestination: $interpolate`${logs.arn}:*`,
    },
  });
}

function machineRole(contract: MachineContract): aws.iam.Role {
  return new aws.iam.Role(`${logicalName(contract.name)}MachineRole`, {
    assumeRolePolicy: aws.iam.getPolicyDocumentOutput({
      statements: [
        {
          actions: ["sts:AssumeRole"],
          principals: [{ type: "Service", identifiers: ["states.amazonaws.com"] }],
          conditions: [{ test: "StringEquals", variable: "aws:SourceAccount", values: [accountId] }],
        },
      ],
    }).json,
    inlinePolicies: [
      {
        name: "inline",
        policy: aws.iam.getPolicyDocumentOutput({
          statements: [
            {
              sid: "Steps",
              actions: ["lambda:InvokeFunction"],
              resources: stepsOf(contract).map((step) => functions[step].arn),
            },
            {
              // Log delivery is an account-wide service: these actions know no resources.
              sid: "Logs",
              actions: [
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
              ],
              resources: ["*"],
            },
          ],
        }).json,
      },
    ],
  });
}

function definition(contract: MachineContract): $util.Output<string> {
  const text = readFileSync(path.join($cli.paths.root, contract.file), "utf8");
  return $util
    .all(stepsOf(contract).map((step) => functions[step].arn.apply((arn) => [step, arn] as const)))
    .apply((steps) => {
      const arns = steps.flatMap(([step, arn]) =>
        [`${step}.run`, `${step}.undo`].map((placeholder) => [placeholder, arn]),
      );
      return machineDefinition(contract.file, text, Object.fromEntries(arns));
    });
}

function stepsOf(contract: MachineContract): FunctionName[] {
  const steps = [...new Set(Object.values(contract.functionOfState))];
  const unknown = steps.find((step) => !(step in functions));
  if (unknown) throw new Error(`${contract.file} calls ${unknown}, which functions/wiring.ts does not have.`);
  return steps as FunctionName[];
}
