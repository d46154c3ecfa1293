// Target groups: create, describe, modify, delete, and their one attribute.
import { type JsonInput, type JsonOperation, ServiceError } from "../json-protocol.ts";
import { defaultHealthCheck, readHealthCheck } from "./health-check.ts";
import {
  optionalInteger,
  optionalText,
  page,
  refuse,
  requiredText,
  structures,
  texts,
  validationError,
} from "./input.ts";
import { type ElbState, findTargetGroup, groupsInUse } from "./state.ts";
import type { StoredTargetGroup } from "./store.ts";
import { putTags, readTags } from "./tags.ts";

const unimplemented = ["IpAddressType", "TargetControlPort"];
const deregistrationDelay = "deregistration_delay.timeout_seconds";
/** AWS's default is 300 s. On one machine whatever waits that long is stuck, and an environment's change waits for it. */
const defaultDeregistrationDelaySeconds = 30;
export function targetGroupOperations(state: ElbState): Readonly<Record<string, JsonOperation>> {
  const { store, arns } = state;
  return {
    CreateTargetGroup: async (input) => {
      const wanted = readNewTargetGroup(input);
      const tags = readTags(input);
      let created: StoredTargetGroup | undefined;
      await state.change(() => {
        const existing = store.targetGroups().find(({ name }) => name === wanted.name);
        if (existing && !sameSettings(existing, wanted)) {
          throw new ServiceError(
            "DuplicateTargetGroupName",
            `A target group with the same name '${wanted.name}' exists, but with different settings`,
          );
        }
        created = existing ?? { ...wanted, arn: arns.newTargetGroup(wanted.name) };
        if (!existing) {
          store.putTargetGroup(created);
          putTags(store, created.arn, tags);
        }
        return false; // no rule uses it yet
      });
      return { TargetGroups: created ? [show(state, created)] : [] };
    },

    DescribeTargetGroups: (input) => {
      const groups = select(state, input);
      const { items, nextMarker } = page(input, groups);
      return { TargetGroups: items.map((group) => show(state, group)), NextMarker: nextMarker };
    },

    ModifyTargetGroup: async (input) => {
      const arn = requiredText(input, "TargetGroupArn");
      const before = findTargetGroup(store, arn);
      const after = { ...before, healthCheck: readHealthCheck(input, before.healthCheck) };
      await state.change(() => {
        store.putTargetGroup(after);
        return true;
      });
      return { TargetGroups: [show(state, after)] };
    },

    DeleteTargetGroup: async (input) => {
      const arn = requiredText(input, "TargetGroupArn");
      await state.change(() => {
        if (groupsInUse(store).has(arn)) {
          throw new ServiceError("ResourceInUse", `Target group '${arn}' is currently in use by a listener or a rule`);
        }
        store.deleteTargetGroup(arn); // one that does not exist is deleted already
        return false;
      });
      return {};
    },

    DescribeTargetGroupAttributes: (input) => ({
      Attributes: showAttributes(findTargetGroup(store, requiredText(input, "TargetGroupArn"))),
    }),

    ModifyTargetGroupAttributes: async (input) => {
      const before = findTargetGroup(store, requiredText(input, "TargetGroupArn"));
      const after = structures(input, "Attributes").reduce(applyAttribute, before);
      await state.change(() => {
        store.putTargetGroup(after);
        return true;
      });
      return { Attributes: showAttributes(after) };
    },
  };
}

function readNewTargetGroup(input: JsonInput): Omit<StoredTargetGroup, "arn"> {
  const name = requiredText(input, "Name");
  if (name.length > 32) throw validationError(`Target group name '${name}' cannot be longer than '32' characters`);
  if (!/^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(name)) {
    throw validationError(
      `Target group name '${name}' can only contain characters that are alphanumeric characters and hyphens(-), and must not begin or end with one`,
    );
  }
  refuse(input, unimplemented);
  for (const [member, only] of [
    ["Protocol", "HTTP"],
    ["ProtocolVersion", "HTTP1"],
    ["TargetType", "ip"],
  ] as const) {
    const value = optionalText(input, member);
    if (value !== only && !(member === "ProtocolVersion" && value === undefined)) {
      throw new ServiceError(
        "InvalidConfigurationRequest",
        `${member} '${value ?? "(none)"}' is not implemented by this one-machine region: it must be '${only}'`,
      );
    }
  }
  const port = optionalInteger(input, "Port", 1, 65_535);
  if (port === undefined) throw validationError("A port must be specified");
  return {
    name,
    port,
    vpcId: optionalText(input, "VpcId"),
    healthCheck: readHealthCheck(input, defaultHealthCheck),
    deregistrationDelaySeconds: defaultDeregistrationDelaySeconds,
  };
}

/** CreateTargetGroup repeated with the same settings answers with what is there; tags and attributes do not count. */
function sameSettings(existing: StoredTargetGroup, wanted: Omit<StoredTargetGroup, "arn">): boolean {
  const settings = ({
    port,
    vpcId,
    healthCheck: { path, successCodes, ...numbers },
  }: Omit<StoredTargetGroup, "arn">) => [
    ...[port, vpcId, path, successCodes],
    ...[numbers.intervalSeconds, numbers.timeoutSeconds, numbers.healthyThreshold, numbers.unhealthyThreshold],
  ];
  return JSON.stringify(settings(existing)) === JSON.stringify(settings(wanted));
}

function select(state: ElbState, input: JsonInput): StoredTargetGroup[] {
  const groups = state.store.targetGroups();
  const [wantedArns, wantedNames] = [texts(input, "TargetGroupArns"), texts(input, "Names")];
  const balancer = optionalText(input, "LoadBalancerArn");
  const given = [wantedArns.length > 0, wantedNames.length > 0, balancer !== undefined].filter(Boolean).length;
  if (given > 1) throw validationError("Only one of LoadBalancerArn, TargetGroupArns and Names can be specified");
  const missing = (what: string) =>
    new ServiceError("TargetGroupNotFound", `One or more target groups not found: '${what}'`);
  for (const arn of wantedArns) if (!groups.some((group) => group.arn === arn)) throw missing(arn);
  for (const name of wantedNames) if (!groups.some((group) => group.name === name)) throw missing(name);
  if (wantedArns.length > 0) return groups.filter(({ arn }) => wantedArns.includes(arn));
  if (wantedNames.length > 0) return groups.filter(({ name }) => wantedNames.includes(name));
  if (balancer === undefined) return groups;
  if (balancer !== state.arns.loadBalancer)
    throw new ServiceError("LoadBalancerNotFound", `Load balancer '${balancer}' not found`);
  const used = groupsInUse(state.store);
  return groups.filter(({ arn }) => used.has(arn));
}

function show(state: ElbState, group: StoredTargetGroup) {
  const { healthCheck } = group;
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: "HTTP",
    ProtocolVersion: "HTTP1",
    Port: group.port,
    VpcId: group.vpcId,
    HealthCheckProtocol: "HTTP",
    HealthCheckPort: "traffic-port",
    HealthCheckEnabled: healthCheck.enabled,
    HealthCheckIntervalSeconds: healthCheck.intervalSeconds,
    HealthCheckTimeoutSeconds: healthCheck.timeoutSeconds,
    HealthyThresholdCount: healthCheck.healthyThreshold,
    UnhealthyThresholdCount: healthCheck.unhealthyThreshold,
    HealthCheckPath: healthCheck.path,
    Matcher: { HttpCode: healthCheck.successCodes },
    LoadBalancerArns: groupsInUse(state.store).has(group.arn) ? [state.arns.loadBalancer] : [],
    TargetType: "ip",
    IpAddressType: "ipv4",
  };
}

function showAttributes(group: StoredTargetGroup) {
  return [{ Key: deregistrationDelay, Value: String(group.deregistrationDelaySeconds) }];
}

function applyAttribute(group: StoredTargetGroup, attribute: JsonInput): StoredTargetGroup {
  const key = requiredText(attribute, "Key");
  const value = optionalText(attribute, "Value") ?? "";
  if (key !== deregistrationDelay) {
    throw new ServiceError(
      "InvalidConfigurationRequest",
      `Target group attribute key '${key}' is not implemented by this one-machine region`,
    );
  }
  if (!/^\d{1,4}$/.test(value) || Number(value) > 3_600)
    throw validationError(`Target group attribute '${key}' must be between 0 and 3600`);
  return { ...group, deregistrationDelaySeconds: Number(value) };
}
