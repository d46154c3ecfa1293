// MWAA API: CreateCliToken. A token for one command of the Airflow command line.
import { airflowIdentity } from "../../shared/domain/access.ts";
import { CreateCliTokenRequest, type NamedRequest } from "../../shared/domain/requests.ts";
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

export const handler = apiHandler(CreateCliTokenRequest, createCliToken, () => ({
  environments: environments(),
  secretVault: secretVault(),
  clock: clock(),
  identifiers: identifiers(),
}));

/** The command runs with all rights, as in MWAA: who may ask for a token is IAM's to say. */
export async function createCliToken(request: NamedRequest, ports: Ports, caller: Caller) {
  const environment = await findEnvironment(request.Name, ports);
  const identity = airflowIdentity(caller.arn, sha256);
  const CliToken = await signInToken(environment, { use: "cli", identity, role: "Admin" }, ports);
  return { CliToken, WebServerHostname: environment.names.webserver };
}
