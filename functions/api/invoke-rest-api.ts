// MWAA API: InvokeRestApi. One call of Airflow's REST API with the role of its caller.
import { airflowIdentity, neededRole } from "../../shared/domain/access.ts";
import { InvokeRestApiRequest } from "../../shared/domain/requests.ts";
import {
  mostAnswerBytes,
  restAnswer,
  restCall,
  restFailure,
  restTimeoutMilliseconds,
} from "../../shared/domain/rest-bridge.ts";
import { airflowMajor } from "../../shared/domain/offerings.ts";
import { sha256 } from "../../shared/runtime/digest.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { AirflowRest } from "../../shared/ports/airflow-rest.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { airflowRest } from "../../shared/runtime/provide/airflow-rest.ts";
import { type SigningPorts, signInToken } from "../../shared/runtime/sign-in.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";

interface Ports extends SigningPorts {
  readonly environments: Environments;
  readonly airflowRest: AirflowRest;
}

export const handler = apiHandler(InvokeRestApiRequest, invokeRestApi, () => ({
  environments: environments(),
  airflowRest: airflowRest(),
  secretVault: secretVault(),
  clock: clock(),
  identifiers: identifiers(),
}));

/**
 * API v1 or v2 by the environment's version.
 * @throws RestApiClient, RestApiServer with Airflow's own status and body; AirflowRoleMissing
 */
export async function invokeRestApi(request: InvokeRestApiRequest, ports: Ports, caller: Caller) {
  const call = restCall(request);
  const environment = await findEnvironment(request.Name, ports);
  const role = neededRole(environment, caller.arn, request.Role);
  const identity = airflowIdentity(caller.arn, sha256);
  const { status, body } = await ports.airflowRest
    .call({
      ...call,
      webUrl: environment.names.webUrl,
      airflowMajor: airflowMajor(environment.settings.airflowVersion),
      webToken: await signInToken(environment, { use: "web", identity, role }, ports),
      method: request.Method,
      timeoutMilliseconds: restTimeoutMilliseconds,
      mostBytes: mostAnswerBytes,
    })
    .catch((error: Error) => {
      throw restFailure(error.name) ?? error;
    });
  return restAnswer(status, body);
}
