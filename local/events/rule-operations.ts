// The operations on rules and targets of the default bus.
import { type JsonInput, type JsonOperation, ServiceError } from "../json-protocol.ts";
import { onlyDefaultBus } from "./default-bus.ts";
import { compilePattern } from "./pattern.ts";
import type { EventStore, RuleRow } from "./store.ts";

export interface RuleContext {
  readonly store: EventStore;
  readonly region: string;
  readonly accountId: string;
  /** Called after every change, so that the next event sees it. */
  readonly rulesChanged: () => void;
}

const maximumTargets = 5;

/** The table of operations, for `answerJson`. */
export function ruleOperations({ store, region, accountId, rulesChanged }: RuleContext): Record<string, JsonOperation> {
  const arnOf = (name: string) => `arn:aws:events:${region}:${accountId}:rule/${name}`;
  const describe = (rule: RuleRow) => ({
    Name: rule.name,
    Arn: arnOf(rule.name),
    EventPattern: rule.pattern,
    State: rule.state,
    EventBusName: "default",
    ...(rule.description === "" ? {} : { Description: rule.description }),
  });

  function find(input: JsonInput, member: string): RuleRow {
    onlyDefaultBus(input["EventBusName"]);
    const name = ruleName(input, member);
    const rule = store.rule(name);
    if (rule) return rule;
    throw new ServiceError("ResourceNotFoundException", `Rule ${name} does not exist on EventBus default.`);
  }

  function setState(input: JsonInput, state: RuleRow["state"]) {
    store.putRule({ ...find(input, "Name"), state });
    rulesChanged();
    return {};
  }

  return {
    PutRule(input) {
      onlyDefaultBus(input["EventBusName"]);
      const name = ruleName(input, "Name");
      if (input["ScheduleExpression"] !== undefined)
        throw invalid("ScheduleExpression is not supported by this one-machine region.");
      const pattern = input["EventPattern"];
      if (typeof pattern !== "string")
        throw invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
      compilePattern(parseJson(pattern));
      const state = input["State"] ?? "ENABLED";
      if (state !== "ENABLED" && state !== "DISABLED") throw invalid("'State' must be ENABLED or DISABLED.");
      store.putRule({ name, pattern, state, description: String(input["Description"] ?? ""), declared: 0 });
      rulesChanged();
      return { RuleArn: arnOf(name) };
    },

    DescribeRule: (input) => describe(find(input, "Name")),
    EnableRule: (input) => setState(input, "ENABLED"),
    DisableRule: (input) => setState(input, "DISABLED"),

    DeleteRule(input) {
      onlyDefaultBus(input["EventBusName"]);
      const name = ruleName(input, "Name");
      if (store.targets(name).length > 0) throw invalid("Rule can't be deleted since it has targets.");
      store.deleteRule(name);
      rulesChanged();
      return {};
    },

    ListRules(input) {
      onlyDefaultBus(input["EventBusName"]);
      const prefix = String(input["NamePrefix"] ?? "");
      const rules = store.rules().filter((rule) => rule.name.startsWith(prefix));
      const { items, more } = page(rules, input);
      return { Rules: items.map(describe), ...more };
    },

    PutTargets(input) {
      const rule = find(input, "Rule");
      const targets = (Array.isArray(input["Targets"]) ? input["Targets"] : []) as JsonInput[];
      if (targets.length === 0) throw invalid("'Targets' must not be empty.");
      for (const target of targets) checkTarget(target);
      const ids = new Set([
        ...store.targets(rule.name).map((target) => target.id),
        ...targets.map((target) => target["Id"]),
      ]);
      if (ids.size > maximumTargets) {
        throw new ServiceError(
          "LimitExceededException",
          `The requested resource exceeds the maximum number allowed: ${maximumTargets} targets a rule.`,
        );
      }
      store.transaction(() => {
        for (const { Id, Arn, Input, InputPath } of targets) {
          store.putTarget({
            rule: rule.name,
            id: String(Id),
            arn: String(Arn),
            input: Input === undefined ? null : String(Input),
            inputPath: InputPath === undefined ? null : String(InputPath),
          });
        }
      });
      rulesChanged();
      return { FailedEntryCount: 0, FailedEntries: [] };
    },

    RemoveTargets(input) {
      const rule = find(input, "Rule");
      const ids = (Array.isArray(input["Ids"]) ? input["Ids"] : []).map(String);
      const missing = ids.filter((id) => !store.deleteTarget(rule.name, id));
      rulesChanged();
      const FailedEntries = missing.map((TargetId) => ({
        TargetId,
        ErrorCode: "ResourceNotFoundException",
        ErrorMessage: `Rule ${rule.name} does not have a target with the Id ${TargetId}.`,
      }));
      return { FailedEntryCount: FailedEntries.length, FailedEntries };
    },

    ListTargetsByRule(input) {
      const { items, more } = page(store.targets(find(input, "Rule").name), input);
      const Targets = items.map(({ id, arn, input: fixed, inputPath }) => ({
        Id: id,
        Arn: arn,
        ...(fixed === null ? {} : { Input: fixed }),
        ...(inputPath === null ? {} : { InputPath: inputPath }),
      }));
      return { Targets, ...more };
    },

    TestEventPattern(input) {
      const matches = compilePattern(parseJson(String(input["EventPattern"])));
      return { Result: matches(parseJson(String(input["Event"]))) };
    },
  };
}

function checkTarget(target: JsonInput): void {
  const unsupported = Object.keys(target).find(
    (name) => !["Id", "Arn", "Input", "InputPath", "RoleArn"].includes(name),
  );
  if (unsupported !== undefined)
    throw invalid(`Target member ${unsupported} is not supported by this one-machine region.`);
  const { Id, Arn, Input, InputPath } = target;
  if (typeof Id !== "string" || !/^[.\-_A-Za-z0-9]{1,64}$/.test(Id))
    throw invalid(`Target id '${String(Id)}' is not valid.`);
  if (
    !/^arn:aws[a-z-]*:(sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}|lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64})$/.test(
      String(Arn),
    )
  ) {
    throw invalid(
      `Parameter ${String(Arn)} is not valid. Reason: targets are queues and functions on this one-machine region.`,
    );
  }
  if (Input !== undefined && InputPath !== undefined) throw invalid("Only one of Input and InputPath may be given.");
  if (Input !== undefined) parseJson(String(Input), "ValidationException");
  if (InputPath !== undefined && !/^\$(\.[A-Za-z0-9_-]+)*$/.test(String(InputPath)))
    throw invalid(`InputPath '${String(InputPath)}' is not supported.`);
}

function ruleName(input: JsonInput, member: string): string {
  const name = input[member];
  if (typeof name === "string" && /^[.\-_A-Za-z0-9]{1,64}$/.test(name)) return name;
  throw invalid(`'${member}' must be 1 to 64 letters, digits, '.', '-' or '_'.`);
}

function parseJson(text: string, code = "InvalidEventPatternException"): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ServiceError(code, "Not valid. Reason: it is not JSON.");
  }
}

function page<Row>(rows: readonly Row[], input: JsonInput): { items: readonly Row[]; more: { NextToken?: string } } {
  const limit = Number(input["Limit"] ?? 100);
  const from = input["NextToken"] === undefined ? 0 : Number(input["NextToken"]);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw invalid("'Limit' must be between 1 and 100.");
  if (!Number.isInteger(from) || from < 0) throw invalid("'NextToken' is not valid.");
  const more = rows.length > from + limit ? { NextToken: String(from + limit) } : {};
  return { items: rows.slice(from, from + limit), more };
}

function invalid(message: string): ServiceError {
  return new ServiceError("ValidationException", message);
}
