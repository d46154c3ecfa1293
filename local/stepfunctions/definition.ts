// Reads a state machine definition, refuses what the library would run wrongly or ignore, and works around three of its
// departures from AWS (see prepareState). What is refused here would otherwise fail only in AWS, or only here.
import { ServiceError } from "../json-protocol.ts";
import { maximumDefinitionBytes, maximumWaitSeconds } from "./limits.ts";

type Json = Record<string, unknown>;

export interface PreparedDefinition {
  /** What the library runs; the stored definition stays as it was given. */
  readonly definition: Json;
  /** Task state → function name. State names are unique in a machine, nested ones included. */
  readonly functionOfState: ReadonlyMap<string, string>;
  /** Wait states whose length comes from the input, with their path. */
  readonly waitPaths: ReadonlyMap<string, { readonly kind: "seconds" | "timestamp"; readonly path: string }>;
}

/** @throws ServiceError InvalidDefinition that names the state and what to change */
export function prepareDefinition(text: string): PreparedDefinition {
  if (Buffer.byteLength(text) > maximumDefinitionBytes) throw invalid("The definition is larger than 1 MB.");
  let definition: unknown;
  try {
    definition = JSON.parse(text);
  } catch {
    throw invalid("The definition is not JSON.");
  }
  if (!isObject(definition)) throw invalid("The definition is not a JSON object.");
  const found = { functionOfState: new Map(), waitPaths: new Map(), names: new Set<string>() };
  return { definition: prepareMachine(definition, found), ...found };
}

interface Found {
  readonly functionOfState: Map<string, string>;
  readonly waitPaths: Map<string, { kind: "seconds" | "timestamp"; path: string }>;
  readonly names: Set<string>;
}

function prepareMachine(machine: Json, found: Found): Json {
  if ("QueryLanguage" in machine) throw invalid("QueryLanguage is not supported: machines are JSONPath.");
  if (typeof machine["StartAt"] !== "string" || !isObject(machine["States"])) {
    throw invalid("StartAt (a state's name) and States are required.");
  }
  const states: Json = {};
  for (const [name, state] of Object.entries(machine["States"])) {
    if (!isObject(state)) throw invalid(`State '${name}' is not an object.`);
    if (found.names.has(name)) throw invalid(`State name '${name}' is used twice.`);
    if (name.length > 80) throw invalid(`State name '${name}' is longer than 80 characters.`);
    found.names.add(name);
    states[name] = prepareState(name, state, found);
  }
  if (!(machine["StartAt"] in states)) throw invalid(`StartAt names '${machine["StartAt"]}', which is no state.`);
  return { ...machine, States: states };
}

/**
 * The three departures: `$$.State.Name` is not in the library's context, so the name is written in; a `ResultPath` of
 * `$` makes a key called `$`, so it is left out, which means the same; and a Task without a time-out gets 60 s.
 */
function prepareState(name: string, state: Json, found: Found): Json {
  for (const field of [
    "QueryLanguage",
    "Assign",
    "HeartbeatSeconds",
    "HeartbeatSecondsPath",
    "ItemReader",
    "ResultWriter",
  ]) {
    if (field in state) throw invalid(`State '${name}': ${field} is not supported.`);
  }
  const prepared: Json = { ...state };
  if (prepared["ResultPath"] === "$") delete prepared["ResultPath"];
  for (const field of ["Parameters", "ResultSelector", "ItemSelector"]) {
    if (field in prepared) prepared[field] = writeStateName(prepared[field], name);
  }
  if (Array.isArray(prepared["Catch"])) {
    prepared["Catch"] = prepared["Catch"].map((catcher: unknown) => {
      if (!isObject(catcher) || catcher["ResultPath"] !== "$") return catcher;
      const { ResultPath: _, ...rest } = catcher;
      return rest;
    });
  }
  if (state["Type"] === "Task") prepareTask(name, prepared, found);
  if (state["Type"] === "Wait") checkWait(name, prepared, found);
  if (Array.isArray(state["Branches"])) {
    prepared["Branches"] = state["Branches"].map((branch) => prepareMachine(isObject(branch) ? branch : {}, found));
  }
  for (const field of ["ItemProcessor", "Iterator"]) {
    const inner = state[field];
    if (!isObject(inner)) continue;
    if (isObject(inner["ProcessorConfig"]) && inner["ProcessorConfig"]["Mode"] === "DISTRIBUTED") {
      throw invalid(`State '${name}': a distributed Map is not supported.`);
    }
    prepared[field] = prepareMachine(inner, found);
  }
  return prepared;
}

function prepareTask(name: string, task: Json, found: Found): void {
  const [, functionName] =
    /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:([A-Za-z0-9_-]{1,64})$/.exec(String(task["Resource"])) ?? [];
  if (functionName === undefined) {
    throw invalid(
      `State '${name}': Resource must be the ARN of a function, without a version; got '${task["Resource"]}'.`,
    );
  }
  // 23 days: as good as AWS's default (99999999 s), and within what a timer can hold.
  if (!("TimeoutSeconds" in task) && !("TimeoutSecondsPath" in task)) task["TimeoutSeconds"] = 2_000_000;
  if (Number(task["TimeoutSeconds"]) > 2_000_000) throw invalid(`State '${name}': TimeoutSeconds is over 2000000.`);
  found.functionOfState.set(name, functionName);
}

function checkWait(name: string, wait: Json, found: Found): void {
  const seconds = wait["Seconds"];
  if (typeof seconds === "number" && seconds > maximumWaitSeconds) {
    throw invalid(`State '${name}': a Wait of more than ${maximumWaitSeconds} seconds (20 days) is not supported.`);
  }
  if (typeof wait["SecondsPath"] === "string")
    found.waitPaths.set(name, { kind: "seconds", path: wait["SecondsPath"] });
  if (typeof wait["TimestampPath"] === "string") {
    found.waitPaths.set(name, { kind: "timestamp", path: wait["TimestampPath"] });
  }
}

/** Replaces `"x.$": "$$.State.Name"` by `"x": "<name>"`, at any depth. */
function writeStateName(template: unknown, name: string): unknown {
  if (Array.isArray(template)) return template.map((value) => writeStateName(value, name));
  if (!isObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => {
      if (!key.endsWith(".$") || typeof value !== "string") return [key, writeStateName(value, name)];
      if (value === "$$.State.Name") return [key.slice(0, -2), name];
      if (/\$\$\.(State|Task)\b/.test(value)) throw invalid(`State '${name}': ${value} is not supported.`);
      return [key, value];
    }),
  );
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function invalid(message: string): ServiceError {
  return new ServiceError("InvalidDefinition", `Invalid State Machine Definition: ${message}`);
}
