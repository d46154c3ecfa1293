// What a rule does: forward to one target group, or answer by itself. Anything else is refused.
import { type JsonInput, ServiceError } from "../json-protocol.ts";
import type { FixedResponse, RuleAction } from "../loadbalancer/configuration.ts";
import { optionalStructure, optionalText, requiredText, structures, validationError } from "./input.ts";
import { type ElbState, findTargetGroup } from "./state.ts";

/** The one action of a request. @throws ValidationError; UnsupportedFeature; TargetGroupNotFound */
export function readAction(state: ElbState, input: JsonInput): RuleAction {
  const actions = structures(input, "Actions");
  const action = actions[0];
  if (!action || actions.length > 1) throw validationError("Exactly one action must be specified");
  const type = optionalText(action, "Type");
  if (type === "forward") return { targetGroup: readForward(state, action) };
  if (type === "fixed-response") return { fixedResponse: readFixedResponse(action) };
  throw new ServiceError(
    "UnsupportedFeature",
    `Action type '${type ?? "(none)"}' is not implemented by this one-machine region: it must be 'forward' or 'fixed-response'`,
  );
}

/** As DescribeRules shows it. */
export function showAction(action: RuleAction): object {
  if ("fixedResponse" in action) {
    const { statusCode, contentType, messageBody } = action.fixedResponse;
    const config = { StatusCode: String(statusCode), ContentType: contentType, MessageBody: messageBody };
    return { Type: "fixed-response", Order: 1, FixedResponseConfig: config };
  }
  const { targetGroup } = action;
  const config = {
    TargetGroups: [{ TargetGroupArn: targetGroup, Weight: 1 }],
    TargetGroupStickinessConfig: { Enabled: false },
  };
  return { Type: "forward", TargetGroupArn: targetGroup, Order: 1, ForwardConfig: config };
}

/** The one target group, in either of its two spellings. */
function readForward(state: ElbState, action: JsonInput): string {
  const config = optionalStructure(action, "ForwardConfig") ?? {};
  const groups = structures(config, "TargetGroups").map((group) => requiredText(group, "TargetGroupArn"));
  const stickiness = optionalStructure(config, "TargetGroupStickinessConfig");
  if (groups.length > 1 || (stickiness && optionalText(stickiness, "Enabled") === "true")) {
    throw new ServiceError(
      "UnsupportedFeature",
      "Weighted target groups and stickiness are not implemented by this one-machine region.",
    );
  }
  const plain = optionalText(action, "TargetGroupArn");
  const arn = plain ?? groups[0];
  if (arn === undefined) throw validationError("A target group ARN must be specified");
  if (plain !== undefined && groups[0] !== undefined && plain !== groups[0]) {
    throw validationError("TargetGroupArn and ForwardConfig name different target groups");
  }
  return findTargetGroup(state.store, arn).arn;
}

/** Elastic Load Balancing's own limits (API reference, FixedResponseActionConfig). */
const contentTypes = ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];
const longestBody = 1024;

function readFixedResponse(action: JsonInput): FixedResponse {
  const config = optionalStructure(action, "FixedResponseConfig");
  if (!config) throw validationError("A fixed response config must be specified");
  const statusCode = requiredText(config, "StatusCode");
  if (!/^[245]\d\d$/.test(statusCode))
    throw validationError(`The status code '${statusCode}' must be of the form 2XX, 4XX or 5XX`);
  const contentType = optionalText(config, "ContentType") ?? "text/plain";
  if (!contentTypes.includes(contentType))
    throw validationError(`The content type '${contentType}' must be one of: ${contentTypes.join(", ")}`);
  const messageBody = optionalText(config, "MessageBody") ?? "";
  if (messageBody.length > longestBody)
    throw validationError(`The message body can have at most '${longestBody}' characters`);
  return { statusCode: Number(statusCode), contentType, messageBody };
}
