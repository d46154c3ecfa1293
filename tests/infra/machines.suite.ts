// The state machines as they would be deployed: the ladder files with every placeholder filled in.
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { machines } from "../../state-machines/contract.ts";
import { machineDefinition } from "../../stacks/machine-definition.ts";
import { type Graph, resourceOf, resourcesOf } from "./synth/graph.ts";

const validate: (definition: unknown, options: object) => { isValid: boolean; errors: unknown } = createRequire(
  import.meta.url,
)("asl-validator");

interface State {
  readonly Type: string;
  readonly Resource?: string;
}

export function machinesSuite(graph: () => Graph): void {
  const definition = (name: string): { States: Record<string, State>; QueryLanguage?: string } => {
    const machine = resourcesOf(graph(), "aws:sfn/stateMachine:StateMachine").find(
      (one) => one.inputs["name"] === `hangar-test-${name}`,
    );
    return JSON.parse(machine?.inputs["definition"] ?? "null");
  };

  describe("the machines in AWS", () => {
    it("are those of the contract, and no other", () => {
      const names = resourcesOf(graph(), "aws:sfn/stateMachine:StateMachine").map((one) => one.inputs["name"]);
      expect(names.toSorted()).toEqual(machines.map((machine) => `hangar-test-${machine.name}`).toSorted());
    });

    it.each(machines)("$name is valid JSONPath ASL without an open placeholder", ({ name }) => {
      const parsed = definition(name);
      const { isValid, errors } = validate(parsed, {});
      expect(isValid, JSON.stringify(errors)).toBe(true);
      expect(JSON.stringify(parsed)).not.toContain("${");
      expect(parsed.QueryLanguage ?? "JSONPath").toBe("JSONPath");
    });

    it.each(machines)("$name calls in each Task the function the contract says", ({ name, functionOfState }) => {
      const { States } = definition(name);
      const called = Object.entries(States)
        .filter(([, state]) => state.Type === "Task")
        .map(([state, { Resource }]) => [state, Resource]);
      const promised = Object.entries(functionOfState).map(([state, step]) => [
        state,
        `arn:aws:lambda:eu-west-1:123456789012:function:hangar-test-${step}`,
      ]);
      expect(Object.fromEntries(called)).toEqual(Object.fromEntries(promised));
    });

    it.each(machines)("$name may invoke its own steps and nothing else", ({ name, functionOfState }) => {
      const logical = name
        .split("-")
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
        .join("");
      const { inputs } = resourceOf(graph(), "aws:iam/role:Role", `${logical}MachineRole`);
      const { Statement } = JSON.parse(inputs["inlinePolicies"][0].policy);
      const invoked = Statement.filter((one: { Action: string[] }) => one.Action.includes("lambda:InvokeFunction"));
      expect(invoked.flatMap((one: { Resource: string[] }) => one.Resource).toSorted()).toEqual(
        [...new Set(Object.values(functionOfState))]
          .map((step) => `arn:aws:lambda:eu-west-1:123456789012:function:hangar-test-${step}`)
          .toSorted(),
      );
    });
  });

  describe("filling in a ladder file", () => {
    const text = `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"\${a-step.run}","End":true}}}`;

    it("refuses a placeholder no function stands for, so that no machine is deployed with a hole", () => {
      expect(() => machineDefinition("x.asl.json", text, { "other.run": "arn" })).toThrow(
        /no function for \$\{a-step\.run\}/,
      );
    });

    it("refuses a function the file never calls, so that contract and file cannot part", () => {
      const arns = { "a-step.run": "arn:a", "b-step.run": "arn:b" };
      expect(() => machineDefinition("x.asl.json", text, arns)).toThrow("x.asl.json never calls b-step.");
    });

    it("accepts a step without an undo", () => {
      const filled = machineDefinition("x.asl.json", text, { "a-step.run": "arn:a", "a-step.undo": "arn:a" });
      expect(JSON.parse(filled).States.A.Resource).toBe("arn:a");
    });
  });
}
