// Extension: POST /environments/{Name}/upgrade-checks. Tries what runs under another Airflow version, beside it; with `Rehearse`
// also migrates a copy of its database. Changes nothing of the environment.
import { CreateUpgradeCheckRequest } from "../../shared/domain/extension-requests.ts";
import { notFound } from "../../shared/domain/gates.ts";
import { planUpgradeCheck, withNewCheck } from "../../shared/domain/plan-upgrade-check.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { checkView } from "../../shared/domain/upgrade-check-view.ts";
import type { Clock, Identifiers } from "../../shared/ports/clock.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { changeEnvironment } from "../../shared/runtime/change-environment.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";

interface Ports {
  readonly environments: Environments;
  readonly clock: Pick<Clock, "now">;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

export const handler = apiHandler(CreateUpgradeCheckRequest, createUpgradeCheck, () => ({
  environments: environments(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/** Notes the check on the record, of two one wins; its schedule begins it, so nothing of the database is reached from here. */
export async function createUpgradeCheck(request: CreateUpgradeCheckRequest, ports: Ports, caller: Caller) {
  const found = await findEnvironment(request.Name, ports);
  const input = {
    to: request.AirflowVersion,
    rehearse: request.Rehearse ?? false,
    release: await ports.environments.getRelease(found.name, found.environmentId),
    id: ports.identifiers.operationId(),
    caller: caller.arn,
    pool: ports.pool,
    now: ports.clock.now(),
  };
  const written = await changeEnvironment(
    found,
    (environment) => ({ upgradeChecks: withNewCheck(environment, planUpgradeCheck(environment, input)) }),
    ports,
  );
  if (!written) throw notFound(request.Name);
  return { Check: checkView(written.upgradeChecks![0]!, true) };
}
