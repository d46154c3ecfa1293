// MWAA API: CreateWebLoginToken. A token that signs a browser or a program in, with the role of its caller.
import { airflowIdentity, iamIdentity, neededRole } from "../../shared/domain/access.ts";
import { CreateWebLoginTokenRequest, type WebTokenRequest } from "../../shared/domain/requests.ts";
import { sha256 } from "../../shared/runtime/digest.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { type SigningPorts, signInToken } from "../../shared/runtime/sign-in.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";

interface Ports extends SigningPorts {
  readonly environments: Environments;
}

export const handler = apiHandler(CreateWebLoginTokenRequest, createWebLoginToken, () => ({
  environments: environments(),
  secretVault: secretVault(),
  clock: clock(),
  identifiers: identifiers(),
}));

/** @throws AirflowRoleMissing when neither the path nor the environment's table gives the caller a role */
export async function createWebLoginToken(request: WebTokenRequest, ports: Ports, caller: Caller) {
  const environment = await findEnvironment(request.Name, ports);
  const role = neededRole(environment, caller.arn, request.Role);
  const identity = airflowIdentity(caller.arn, sha256);
  return {
    WebToken: await signInToken(environment, { use: "web", identity, role }, ports),
    WebServerHostname: environment.names.webserver,
    IamIdentity: iamIdentity(caller.arn),
    AirflowIdentity: identity,
  };
}
