// A target group's health check: AWS's defaults and limits, and what the load balancer's process can honour.
import { type JsonInput, ServiceError } from "../json-protocol.ts";
import { optionalBoolean, optionalInteger, optionalStructure, optionalText, validationError } from "./input.ts";
import type { HealthCheckSettings } from "./store.ts";

/** An Application Load Balancer's defaults for HTTP. */
export const defaultHealthCheck: HealthCheckSettings = {
  path: "/",
  intervalSeconds: 30,
  timeoutSeconds: 5,
  healthyThreshold: 5,
  unhealthyThreshold: 2,
  successCodes: "200",
  enabled: true,
};

/**
 * The health check members of a request over what was there before.
 * @throws ValidationError for what AWS forbids, InvalidConfigurationRequest for what is not implemented
 */
export function readHealthCheck(input: JsonInput, before: HealthCheckSettings): HealthCheckSettings {
  const protocol = optionalText(input, "HealthCheckProtocol") ?? "HTTP";
  if (protocol !== "HTTP")
    throw new ServiceError(
      "InvalidConfigurationRequest",
      `Health check protocol '${protocol}' is not implemented by this one-machine region: it must be 'HTTP'`,
    );
  const port = optionalText(input, "HealthCheckPort") ?? "traffic-port";
  if (port !== "traffic-port")
    throw new ServiceError(
      "InvalidConfigurationRequest",
      `Health check port '${port}' is not implemented by this one-machine region: it must be 'traffic-port'`,
    );
  if (optionalBoolean(input, "HealthCheckEnabled") === false) {
    throw new ServiceError(
      "InvalidConfigurationRequest",
      "Health check enabled must be true for target groups with target type 'ip'",
    );
  }
  const path = optionalText(input, "HealthCheckPath") ?? before.path;
  if (!/^\/[\x21-\x7e]{0,1023}$/.test(path))
    throw validationError(
      `Health check path '${path}' must begin with a '/' character, and can only contain printable ASCII characters, without spaces`,
    );
  const successCodes = optionalText(optionalStructure(input, "Matcher") ?? {}, "HttpCode") ?? before.successCodes;
  if (!/^[2-4]\d\d([-,][2-4]\d\d)*$/.test(successCodes))
    throw validationError(`Health check matcher HTTP code '${successCodes}' must be within '200-499' inclusive`);
  const settings: HealthCheckSettings = {
    path,
    successCodes,
    intervalSeconds: optionalInteger(input, "HealthCheckIntervalSeconds", 5, 300) ?? before.intervalSeconds,
    timeoutSeconds: optionalInteger(input, "HealthCheckTimeoutSeconds", 2, 120) ?? before.timeoutSeconds,
    healthyThreshold: optionalInteger(input, "HealthyThresholdCount", 2, 10) ?? before.healthyThreshold,
    unhealthyThreshold: optionalInteger(input, "UnhealthyThresholdCount", 2, 10) ?? before.unhealthyThreshold,
    enabled: true,
  };
  if (settings.timeoutSeconds >= settings.intervalSeconds) {
    throw validationError(
      `Health check timeout '${settings.timeoutSeconds}' must be smaller than the interval '${settings.intervalSeconds}'`,
    );
  }
  return settings;
}
