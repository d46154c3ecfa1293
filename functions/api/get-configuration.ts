// Extension: GET /environments/{Name}/configuration. The configuration options, with what is to be said about each.
import { configurationView, explanationView } from "../../shared/domain/configuration-options.ts";
import { ConfigurationRequest } from "../../shared/domain/extension-requests.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";

interface Ports {
  readonly environments: Environments;
  readonly controlBucket: ControlBucket;
}

export const handler = apiHandler(ConfigurationRequest, getConfiguration, () => ({
  environments: environments(),
  controlBucket: controlBucket(),
}));

/** Shows the options of the record, secrets masked; with `Option`, that one, and what there is to know about it. */
export async function getConfiguration({ Name, Option }: ConfigurationRequest, ports: Ports) {
  const { settings, names } = await findEnvironment(Name, ports);
  const { configuration, airflowVersion } = settings;
  const stored = configuration && (await ports.controlBucket.getConfiguration(names.prefix, configuration.key));
  const options = stored ?? {};
  if (Option === undefined) return configurationView(airflowVersion, options);
  const one = Object.hasOwn(options, Option) ? { [Option]: options[Option]! } : {};
  return { ...configurationView(airflowVersion, one), Explanation: explanationView(airflowVersion, Option, options) };
}
