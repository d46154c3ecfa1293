// Rules of the one listener: which host and path go to which target group, or get a fixed answer. Only what the load
// balancer's process can honour is taken: a host of this machine, and one action.
import { type JsonInput, type JsonOperation, ServiceError } from "../json-protocol.ts";
import { listeningAddress } from "../loadbalancer/addresses.ts";
import {
  optionalInteger,
  optionalStructure,
  optionalText,
  page,
  refuse,
  requiredText,
  structures,
  texts,
  validationError,
} from "./input.ts";
import { readAction, showAction } from "./rule-actions.ts";
import type { ElbState } from "./state.ts";
import type { StoredRule } from "./store.ts";
import { putTags, readTags } from "./tags.ts";

/** An Application Load Balancer's own limits. */
const mostRules = 100;
const mostConditionValues = 5;

type Conditions = Pick<StoredRule, "hosts" | "pathPatterns">;

export function ruleOperations(state: ElbState): Readonly<Record<string, JsonOperation>> {
  const { store, arns } = state;
  return {
    CreateRule: async (input) => {
      requireListener(state, requiredText(input, "ListenerArn"));
      const priority = optionalInteger(input, "Priority", 1, 50_000);
      if (priority === undefined) throw validationError("A rule must have a priority");
      refuse(input, ["Transforms"]);
      const tags = readTags(input);
      const rule: StoredRule = {
        arn: arns.newRule(),
        priority,
        ...readConditions(input),
        action: readAction(state, input),
      };
      await state.change(() => {
        const rules = store.rules();
        if (rules.some((one) => one.priority === priority)) {
          throw new ServiceError("PriorityInUse", `Priority '${priority}' is currently in use`);
        }
        if (rules.length >= mostRules)
          throw new ServiceError("TooManyRules", `A load balancer can have ${mostRules} rules`);
        store.putRule(rule);
        putTags(store, rule.arn, tags);
        return true;
      });
      return { Rules: [show(rule)] };
    },

    ModifyRule: async (input) => {
      const before = findRule(state, requiredText(input, "RuleArn"));
      refuse(input, ["Transforms", "ResetTransforms"]);
      const after: StoredRule = {
        ...before,
        ...(structures(input, "Conditions").length > 0 ? readConditions(input) : {}),
        ...(structures(input, "Actions").length > 0 ? { action: readAction(state, input) } : {}),
      };
      await state.change(() => {
        store.putRule(after);
        return true;
      });
      return { Rules: [show(after)] };
    },

    DeleteRule: async (input) => {
      const rule = findRule(state, requiredText(input, "RuleArn"));
      await state.change(() => {
        store.deleteRule(rule.arn);
        return true;
      });
      return {};
    },

    DescribeRules: (input) => {
      const listener = optionalText(input, "ListenerArn");
      const wanted = texts(input, "RuleArns");
      if ((listener === undefined) === (wanted.length === 0))
        throw validationError("Either ListenerArn or RuleArns must be specified");
      if (listener !== undefined) requireListener(state, listener);
      const all = [...store.rules().map(show), showDefault(state)];
      const missing = wanted.find((arn) => !all.some((rule) => rule.RuleArn === arn));
      if (missing !== undefined) throw ruleNotFound(missing);
      const { items, nextMarker } = page(
        input,
        wanted.length === 0 ? all : all.filter(({ RuleArn }) => wanted.includes(RuleArn)),
      );
      return { Rules: items, NextMarker: nextMarker };
    },
  };
}

/** @throws ListenerNotFound */
export function requireListener(state: ElbState, arn: string): void {
  if (arn !== state.arns.listener)
    throw new ServiceError("ListenerNotFound", `One or more listeners not found: '${arn}'`);
}

/** The answer to what no rule takes. */
export const defaultAction = {
  Type: "fixed-response",
  Order: 1,
  FixedResponseConfig: { StatusCode: "404", ContentType: "text/html" },
};

function findRule(state: ElbState, arn: string): StoredRule {
  if (arn === state.arns.defaultRule) {
    throw new ServiceError("OperationNotPermitted", `Default rule '${arn}' cannot be modified or deleted`);
  }
  const found = state.store.rules().find((rule) => rule.arn === arn);
  if (!found) throw ruleNotFound(arn);
  return found;
}

function ruleNotFound(arn: string): ServiceError {
  return new ServiceError("RuleNotFound", `One or more rules not found: '${arn}'`);
}

function readConditions(input: JsonInput): Conditions {
  const conditions = structures(input, "Conditions");
  if (conditions.length === 0) throw validationError("A condition must be specified");
  const found = new Map<string, string[]>();
  for (const condition of conditions) {
    const field = optionalText(condition, "Field") ?? "";
    const config = { "host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig" }[field];
    if (config === undefined)
      throw new ServiceError(
        "UnsupportedFeature",
        `Condition field '${field}' is not implemented by this one-machine region: it must be 'host-header' or 'path-pattern'`,
      );
    if (found.has(field)) throw validationError(`A rule can only have one '${field}' condition`);
    const detailed = optionalStructure(condition, config);
    refuse(condition, ["RegexValues"]);
    refuse(detailed ?? {}, ["RegexValues"]);
    const values = detailed ? texts(detailed, "Values") : texts(condition, "Values");
    if (values.length === 0) throw validationError("A condition value must be specified");
    if (values.some((value) => value === "" || value.length > 128))
      throw validationError("A condition value must have between 1 and 128 characters");
    found.set(field, values);
  }
  const count = [...found.values()].flat().length;
  if (count > mostConditionValues)
    throw validationError(`A rule can only have '${mostConditionValues}' condition values`);
  const hosts = (found.get("host-header") ?? []).map((host) => host.toLowerCase());
  const foreign = hosts.find((host) => listeningAddress(host) === undefined);
  if (hosts.length === 0 || foreign !== undefined) {
    throw new ServiceError(
      "InvalidConfigurationRequest",
      `${foreign === undefined ? "A rule without a host-header condition" : `The host '${foreign}'`} is not implemented by ` +
        `this one-machine region: a host is a loopback address (127.x.y.z) or a name under .localhost`,
    );
  }
  return { hosts, pathPatterns: found.get("path-pattern") ?? [] };
}

function show({ arn, priority, hosts, pathPatterns, action }: StoredRule) {
  const conditions = [
    { Field: "host-header", Values: hosts, HostHeaderConfig: { Values: hosts } },
    ...(pathPatterns.length > 0
      ? [{ Field: "path-pattern", Values: pathPatterns, PathPatternConfig: { Values: pathPatterns } }]
      : []),
  ];
  return {
    RuleArn: arn,
    Priority: String(priority),
    Conditions: conditions,
    Actions: [showAction(action)],
    IsDefault: false,
  };
}

function showDefault(state: ElbState): ReturnType<typeof show> {
  return {
    RuleArn: state.arns.defaultRule,
    Priority: "default",
    Conditions: [],
    Actions: [defaultAction],
    IsDefault: true,
  };
}
