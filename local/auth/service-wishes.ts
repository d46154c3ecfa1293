// What a request to one of the buffered services wants to do, in IAM's words: the action from where the service itself
// reads it, the resource where the request names it plainly. What it does not tell is "something of this service".
import { unpackedBody } from "../cloudwatch/unpack.ts";
import type { ServiceRequest } from "../engine.ts";
import { operationOf } from "../json-protocol.ts";
import { readForm } from "../sts/query-protocol.ts";
import type { Target } from "./evaluate.ts";
import type { Wish } from "./authority.ts";

/** A request whose action is known. Its resources are looked for only when they matter: that means parsing the body. */
export interface ServiceWish {
  /** e.g. `sqs:SendMessage` */
  readonly action: string;
  wishes(): readonly Wish[];
}

type Described = Pick<ServiceRequest, "method" | "rawQuery" | "headers" | "body">;
type Input = Readonly<Record<string, unknown>>;

/** Where a region's ARNs stand. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** Signing names whose prefix in policies is another one. */
const prefixes: Readonly<Record<string, string>> = { monitoring: "cloudwatch" };
/** Services that speak Query only; `monitoring` speaks both. */
const querySpeakers = new Set(["sts", "iam", "elasticloadbalancing"]);

/** What CloudWatch itself asks about no resource in particular. */
const metricOperations = new Set(["PutMetricData", "GetMetricData", "GetMetricStatistics", "ListMetrics"]);

/** The request names nothing this file knows how to read. */
const unknown: readonly Target[] = [{ within: "" }];

/**
 * @param signingName the service the credential scope names, S3 and MWAA excepted
 * @returns the action is `<service>:` alone when the request names none: no policy with names allows it
 */
export function serviceWish(signingName: string, request: Described, place: Place): ServiceWish {
  const isForm = (request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  const speaksQuery = querySpeakers.has(signingName) || (signingName === "monitoring" && isForm);
  const form = speaksQuery
    ? new URLSearchParams(request.method === "GET" ? request.rawQuery : bodyText(signingName, request))
    : undefined;
  const operation = form ? (form.get("Action") ?? "") : operationOf(request.headers);
  const action = `${prefixes[signingName] ?? signingName}:${operation}`;
  return {
    action,
    wishes() {
      const input: Input = form ? readForm(form) : json(signingName, request);
      const targets = (resources[signingName] ?? (() => unknown))(input, operation, place);
      return targets.map((target) => ({ action, target }));
    },
  };
}

/** As the service reads it. What cannot be unpacked names nothing; the service itself says what is wrong with it. */
function bodyText(signingName: string, request: Described): string {
  if (signingName !== "monitoring") return request.body.toString("utf8");
  try {
    return unpackedBody(request).toString("utf8");
  } catch {
    return "";
  }
}

/** Every member that could name a resource counts, whichever of them the operation reads. */
const resources: Readonly<Record<string, (input: Input, operation: string, place: Place) => readonly Target[]>> = {
  sqs: (input, _operation, place) =>
    known([text(input["QueueName"]), /\/\d{12}\/([^/?#]+)\/?$/.exec(text(input["QueueUrl"]) ?? "")?.[1]], (name) =>
      arn("sqs", name, place),
    ),

  secretsmanager: (input, _operation, place) =>
    known([text(input["SecretId"]), text(input["Name"])], (id) => {
      const named = id.startsWith("arn:") ? id : arn("secretsmanager", `secret:${id}`, place);
      // A secret's ARN ends in six characters of its own, which a name does not tell.
      return named === id && /-[A-Za-z0-9]{6}$/.test(id) ? named : { within: `${named}-` };
    }),

  dynamodb(input, _operation, place) {
    const items = input["RequestItems"];
    const tables = items !== null && typeof items === "object" ? Object.keys(items) : [];
    const index = text(input["IndexName"]);
    return known([text(input["TableName"]), text(input["ResourceArn"]), ...tables], (name) => {
      const table = name.startsWith("arn:") ? name : arn("dynamodb", `table/${name}`, place);
      return index === undefined ? table : `${table}/index/${index}`;
    });
  },

  monitoring(input, operation, place) {
    const alarms = Array.isArray(input["AlarmNames"]) ? input["AlarmNames"].map(text) : [];
    const named = [text(input["AlarmName"]), ...alarms].filter((name) => name !== undefined);
    const found = [
      ...named.map((name) => arn("cloudwatch", `alarm:${name}`, place)),
      ...[text(input["ResourceARN"])].filter((name) => name !== undefined),
    ];
    if (found.length > 0) return found;
    if (metricOperations.has(operation)) return ["*"];
    const prefix = text(input["AlarmNamePrefix"]) ?? "";
    return operation.includes("Alarm") ? [{ within: arn("cloudwatch", `alarm:${prefix}`, place) }] : unknown;
  },

  states: (input) => known([text(input["stateMachineArn"]), text(input["executionArn"])], (named) => named),

  sts: (input, operation) =>
    operation === "GetCallerIdentity" ? ["*"] : known([text(input["RoleArn"])], (role) => role),

  iam: (input, _operation, { accountId }) =>
    known(
      [
        text(input["UserName"]) && `user/${text(input["UserName"])}`,
        text(input["RoleName"]) && `role/${text(input["RoleName"])}`,
      ],
      (principal) => `arn:aws:iam::${accountId}:${principal}`,
    ),
};

function known(names: readonly (string | undefined)[], target: (name: string) => Target): readonly Target[] {
  const found = names.filter((name) => name !== undefined);
  return found.length === 0 ? unknown : found.map(target);
}

const arn = (service: string, resource: string, { region, accountId }: Place): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** What is no JSON object names no resource; the service itself says what is wrong with it. */
function json(signingName: string, request: Described): Input {
  try {
    const value: unknown = JSON.parse(bodyText(signingName, request));
    return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Input) : {};
  } catch {
    return {};
  }
}
