// Extension: POST /environments/{Name}/window/defer. The window that is open or comes next opens later, once.
import { notFound } from "../../shared/domain/gates.ts";
import { deferred } from "../../shared/domain/window-control.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { DeferWindowRequest } from "../../shared/domain/extension-requests.ts";
import { maintenanceView } from "../../shared/domain/window-view.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { changeEnvironment } from "../../shared/runtime/change-environment.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";

interface Ports {
  readonly environments: Environments;
  readonly clock: Pick<Clock, "now">;
  readonly pool: Pool;
}

export const handler = apiHandler(DeferWindowRequest, deferWindow, () => ({
  environments: environments(),
  clock: clock(),
  pool: pool(),
}));

/**
 * Moves it to `Until`, in epoch seconds. Safe to repeat.
 * @throws EnvironmentNotFound, WindowNotDeferrable
 */
export async function deferWindow({ Name, Until }: DeferWindowRequest, ports: Ports) {
  const changed = await changeEnvironment(
    { name: Name },
    (now) => deferred(now, Until * 1000, ports.clock.now()),
    ports,
  );
  if (!changed) throw notFound(Name);
  return { Maintenance: maintenanceView(changed, ports.pool, ports.clock.now()) };
}
