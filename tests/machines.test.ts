// The ladders as files: valid, in the order of their rungs, and guarded at every state as the step door's rules say.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { type FunctionName, functions } from "../functions/wiring.ts";
import { type MachineContract, machines } from "../state-machines/contract.ts";
import { StepInput } from "../state-machines/inputs.ts";

interface Retry {
  readonly ErrorEquals: readonly string[];
  readonly MaxAttempts: number;
  readonly IntervalSeconds?: number;
  readonly JitterStrategy?: string;
}

interface State {
  readonly Type: "Task" | "Choice" | "Wait" | "Succeed" | "Fail";
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Parameters?: Readonly<Record<string, string>>;
  readonly Retry?: readonly Retry[];
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly ResultPath: string;
    readonly Next: string;
  }[];
  readonly ResultPath?: string;
  readonly Next?: string;
  readonly Choices?: readonly { readonly Variable: string; readonly StringEquals: string; readonly Next: string }[];
  readonly Default?: string;
  readonly SecondsPath?: string;
}

interface Machine {
  readonly Comment: string;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const validate: (definition: unknown) => { isValid: boolean; errorsText(): string } = createRequire(import.meta.url)(
  "asl-validator",
);

const lambdaErrors = {
  ErrorEquals: [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "ServiceUnavailableException",
  ],
  IntervalSeconds: 2,
  MaxAttempts: 8,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  JitterStrategy: "FULL",
};
/** 15 s × 6 is longer than any lease: the hand that holds it ends before the patience does. */
const busy = { ErrorEquals: ["StepBusy"], IntervalSeconds: 15, MaxAttempts: 6, BackoffRate: 1 };
/** What an upgrade's steps told to end has its time: forward minutes, as users wait; on the way back more than an hour. */
const stillEnding = (MaxAttempts: number) => ({
  ...{ ErrorEquals: ["StillEnding"], IntervalSeconds: 1, MaxAttempts, BackoffRate: 1.2, MaxDelaySeconds: 15 },
});
const never = { ErrorEquals: ["OperationIsUndoing", "PastCommit", "StaleAttempt"], MaxAttempts: 0 };
const persistent = expect.objectContaining({ ErrorEquals: ["States.ALL"], MaxAttempts: 60 });
const aFewTimes = expect.objectContaining({ ErrorEquals: ["States.ALL"], MaxAttempts: 3 });

const camel = (step: string) => step.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

describe.each(machines)("$name", (contract) => {
  const text = readFileSync(new URL(`../${contract.file}`, import.meta.url), "utf8");
  const machine = JSON.parse(text) as Machine;
  const states = Object.entries(machine.States);
  const ofType = (type: State["Type"]) => states.filter(([, state]) => state.Type === type);
  const tasks = ofType("Task");
  const { ladder } = contract;
  const forward = ladder.rungs.map((rung) => rung.state);
  const undone = ladder.rungs
    .filter((rung) => ladder.type === "saga" && isEffect(rung.kind))
    .map((rung) => `Undo${rung.state}`);
  const commitAt = ladder.rungs.findIndex((rung) => rung.kind === "commit");

  it("is valid Amazon States Language in JSONPath form, and keeps to the subset the ladders use", () => {
    // the validator rewrites what it is given
    const filled = JSON.parse(
      text.replaceAll(/\$\{([a-z-]+)\.(run|undo)\}/g, "arn:aws:lambda:eu-west-1:123456789012:function:$1"),
    );
    const answer = validate(filled);
    expect(answer.isValid, answer.isValid ? "" : answer.errorsText()).toBe(true);
    expect(text).not.toMatch(/QueryLanguage|"Assign"|"Arguments"|"Output"|States\.(Format|Math|Array|Json)/);
    expect(new Set(states.map(([, state]) => state.Type))).toEqual(
      new Set(["Task", "Choice", "Wait", "Succeed", ...(ofType("Fail").length ? ["Fail"] : [])]),
    );
  });

  it("says in its first line whether it can be undone", () => {
    expect(Object.keys(machine)[0]).toBe("Comment");
    expect(machine.Comment).toMatch(ladder.type === "saga" ? /^Saga/ : /^Forward only/);
  });

  it("stands in the order it is climbed: rungs, undos in reverse, settlement, ends", () => {
    const settled = ladder.type === "saga" ? ["SettleRolledBack", "SettleStuck"] : ["SettleStuck"];
    expect(tasks.map(([name]) => name)).toEqual([...forward, ...undone.toReversed(), ...settled]);
    const ends =
      ladder.type === "saga"
        ? ["Succeeded", "RolledBack", "Stuck", "Superseded"]
        : ["Succeeded", "Stuck", "Superseded"];
    expect(states.slice(-ends.length).map(([name]) => name)).toEqual(ends);
    expect([...ofType("Succeed"), ...ofType("Fail")].map(([name]) => name).toSorted()).toEqual(ends.toSorted());
    expect(machine.StartAt).toBe(forward[0]);
  });

  it("climbs and comes down rung by rung", () => {
    const next = (name: string): string => {
      const state = machine.States[machine.States[name]!.Next!]!;
      return state.Type === "Choice"
        ? state.Choices!.find(({ StringEquals }) => StringEquals === "ready")!.Next
        : machine.States[name]!.Next!;
    };
    for (const [at, name] of forward.entries()) expect(next(name)).toBe(forward[at + 1] ?? "Succeeded");
    for (const [at, name] of undone.entries()) expect(next(name)).toBe(undone[at - 1] ?? "SettleRolledBack");
  });

  it.each(tasks)("%s calls its own function, with what the contract says and nothing else", (name, state) => {
    const step = contract.functionOfState[name]!;
    expect(state.Resource).toBe(`\${${step}.${name.startsWith("Undo") ? "undo" : "run"}}`);
    expect(state.Parameters).toEqual({
      "operationId.$": "$.operationId",
      "attempt.$": "$.attempt",
      "state.$": "$$.State.Name",
    });
    expect(Object.keys(state.Parameters!).map((key) => key.replace(".$", ""))).toEqual(Object.keys(StepInput.shape));
  });

  it.each(tasks)("%s outlives its function, so that it sees the function's own answer", (name, state) => {
    expect(state.TimeoutSeconds).toBeGreaterThan(
      functions[contract.functionOfState[name] as FunctionName].timeoutSeconds,
    );
  });

  it.each(tasks)("%s is retried when Lambda stumbles and while another hand is at work", (name, state) => {
    const kind = ladder.rungs.find((rung) => rung.state === name)?.kind;
    const onlyRetried =
      name.startsWith("Undo") || name.startsWith("Settle") || ladder.rungs.indexOf(rungOf(contract, name)!) >= commitAt;
    // an outage is waited out for an hour wherever there is no way but on; this retrier is the first that knows it by name
    const outage = { ...lambdaErrors, MaxAttempts: 130 };
    const patient = (attempts: number) => (contract.name === "upgrade-environment" ? [stillEnding(attempts)] : []);
    const wanted = name.startsWith("Undo")
      ? [outage, busy, ...patient(300), never, persistent]
      : onlyRetried || ladder.type === "forward-only"
        ? [name.startsWith("Settle") ? lambdaErrors : outage, busy, never, persistent]
        : kind === "check"
          ? [lambdaErrors, busy, never, aFewTimes]
          : [lambdaErrors, busy, ...patient(30)];
    expect(state.Retry).toEqual(wanted);
  });

  it.each(tasks)("%s ends silently for a stale attempt, and otherwise goes where the rules say", (name, state) => {
    const caught = state.Catch!.map(({ ErrorEquals, Next }) => [ErrorEquals.join(), Next]);
    const more = name === "CommitOperation" && ladder.type === "saga" ? [["OperationIsUndoing", undone.at(-1)]] : [];
    expect(caught).toEqual([["StaleAttempt", "Superseded"], ...more, ["States.ALL", refuge(contract, name, undone)]]);
    expect(state.Catch!.every(({ ResultPath }) => ResultPath === "$.failure")).toBe(true);
  });

  it("keeps each Task's answer under a key of its own", () => {
    const kept = tasks.map(([name, state]) => [state.ResultPath, name]);
    expect(kept.map(([path]) => path)).toEqual(
      tasks.map(([name]) => {
        if (name.startsWith("Settle")) return "$.settled";
        return `$.${name.startsWith("Undo") ? "undone" : "steps"}.${camel(contract.functionOfState[name]!)}`;
      }),
    );
    const others = kept.filter(([path]) => path !== "$.settled").map(([path]) => path);
    expect(new Set(others).size).toBe(others.length);
  });

  it.each(ofType("Choice"))("%s tests one word and has a loud way out for any other", (name, state) => {
    expect(["SettleStuck", "Stuck"]).toContain(state.Default);
    expect(new Set(state.Choices!.map(({ Variable }) => Variable)).size).toBe(1);
    const words = state.Choices!.map(({ StringEquals }) => StringEquals);
    if (name.endsWith("Verdict")) expect(words).toEqual(["ready", "notYet", "failed"]);
    else expect(words.every((word) => ["succeeded", "rolledBack", "stuck"].includes(word))).toBe(true);
  });

  it.each(ofType("Wait"))("%s waits as long as the plan says and looks again", (_, state) => {
    expect(state.SecondsPath).toMatch(/^\$\.steps\.[a-zA-Z]+\.waitSeconds$/);
    expect(ladder.rungs.find((rung) => rung.state === state.Next)?.kind).toBe("check");
  });

  it("goes only to states that exist, and to every one of them", () => {
    const targets = states.flatMap(([, state]) => [
      state.Next,
      state.Default,
      ...(state.Choices ?? []).map((choice) => choice.Next),
      ...(state.Catch ?? []).map((caught) => caught.Next),
    ]);
    const reached = new Set([machine.StartAt, ...targets.filter((target) => target !== undefined)]);
    expect([...reached].toSorted()).toEqual(states.map(([name]) => name).toSorted());
  });
});

const isEffect = (kind: string) => kind === "effect" || kind === "once";
const rungOf = ({ ladder }: MachineContract, state: string) => ladder.rungs.find((rung) => rung.state === state);

/** Where a Task goes that failed for good. */
function refuge(contract: MachineContract, state: string, undone: readonly string[]): string {
  const { rungs, type } = contract.ladder;
  if (state.startsWith("Settle")) return "Stuck";
  const rung = rungOf(contract, state);
  if (!rung || type === "forward-only") return "SettleStuck"; // an undo, or a ladder without one
  const at = rungs.indexOf(rung);
  if (at >= rungs.findIndex(({ kind }) => kind === "commit")) return "SettleStuck"; // past the pivot nothing is undone
  // an effect enters its own undo: a step that timed out may have done its work; a check the undo of what it looks at
  const effect = rungs.slice(0, at + 1).findLast(({ kind }) => isEffect(kind));
  return undone.find((name) => name === `Undo${effect?.state}`) ?? "SettleRolledBack";
}
