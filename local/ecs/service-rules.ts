// What CreateService and UpdateService may ask for. Members that mean nothing for processes are kept and answered
// again; members that would change behaviour and are not implemented are refused.
import type { JsonInput } from "../json-protocol.ts";
import {
  invalidParameter,
  kept,
  list,
  optionalInteger,
  optionalText,
  refuseUnknown,
  requiredText,
  structure,
} from "./input.ts";
import type { DefinitionRecord, LoadBalancer } from "./records.ts";

const KEPT = [
  ...["launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration", "placementConstraints"],
  ...["placementStrategy", "enableECSManagedTags", "propagateTags", "enableExecuteCommand", "schedulingStrategy"],
  ...["healthCheckGracePeriodSeconds", "deploymentController", "availabilityZoneRebalancing", "role"],
];
const ACTED_ON = [
  ...["cluster", "service", "serviceName", "taskDefinition", "desiredCount", "clientToken", "loadBalancers", "tags"],
  ...["forceNewDeployment", "deploymentConfiguration"],
];

/** The members of a request that are kept as they came, after refusing those that cannot be honoured. */
export function checkedServiceMembers(input: JsonInput): Record<string, unknown> {
  refuseUnknown(input, [...KEPT, ...ACTED_ON], "service");
  if ((optionalText(input, "schedulingStrategy") ?? "REPLICA") !== "REPLICA") {
    throw invalidParameter("This one-machine region has no DAEMON services: there is one machine.");
  }
  const controller = input["deploymentController"];
  if (controller !== undefined && structure(controller, "deploymentController")["type"] !== "ECS") {
    throw invalidParameter("This one-machine region knows the deployment controller ECS only.");
  }
  return kept(input, KEPT);
}

/** `deploymentConfiguration`'s two percentages, or those that hold already. */
export function deploymentPercents(
  input: JsonInput,
  present: { readonly minimumHealthyPercent: number; readonly maximumPercent: number },
): { minimumHealthyPercent: number; maximumPercent: number } {
  const given = input["deploymentConfiguration"];
  const configuration = given === undefined ? {} : structure(given, "deploymentConfiguration");
  const breaker = configuration["deploymentCircuitBreaker"];
  if (breaker !== undefined && structure(breaker, "deploymentCircuitBreaker")["enable"] === true) {
    throw invalidParameter(
      "deploymentCircuitBreaker is not implemented by this one-machine region: leave it disabled.",
    );
  }
  return {
    minimumHealthyPercent:
      optionalInteger(configuration, "minimumHealthyPercent", 0, 100) ?? present.minimumHealthyPercent,
    maximumPercent: optionalInteger(configuration, "maximumPercent", 100, 200) ?? present.maximumPercent,
  };
}

/** A service's target groups; each names a port the task definition maps. */
export function loadBalancers(input: JsonInput, definition: DefinitionRecord): LoadBalancer[] {
  const { container } = definition;
  return list(input, "loadBalancers").map((entry) => {
    const balancer = structure(entry, "loadBalancers");
    const targetGroupArn = requiredText(balancer, "targetGroupArn");
    const containerName = requiredText(balancer, "containerName");
    const containerPort = optionalInteger(balancer, "containerPort", 0, 65_535) ?? 0;
    const mapped = container.portMappings?.some((mapping) => mapping.containerPort === containerPort) ?? false;
    if (containerName !== container.name || !mapped) {
      throw invalidParameter(`The container ${containerName} did not have a container port ${containerPort} defined.`);
    }
    return { targetGroupArn, containerName, containerPort };
  });
}
