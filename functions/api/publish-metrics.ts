// MWAA API: PublishMetrics. Withdrawn by the service, which takes the data and drops it; so does this.
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { PublishMetricsRequest } from "../../shared/domain/requests.ts";

export const handler = apiHandler(PublishMetricsRequest, publishMetrics, () => ({}));

/** Checks the request and keeps nothing: what MWAA shows of an environment comes from its own monitor. */
export async function publishMetrics() {
  return {};
}
