// Removes the services an update has replaced: the record lists them until they are gone.
import type { Containers } from "../ports/containers.ts";
import type { Environments } from "../ports/environments.ts";
import { changeEnvironment } from "./change-environment.ts";

/**
 * Removes what the record lists as retired, then takes it off the list. Safe to repeat and to be cut off anywhere: what
 * was listed in between stays listed.
 * @returns the names that are gone
 */
export async function removeRetired(
  environmentName: string,
  ports: { readonly environments: Environments; readonly containers: Containers },
): Promise<readonly string[]> {
  const environment = await ports.environments.get(environmentName);
  const gone = environment?.retired ?? [];
  if (!environment || gone.length === 0) return [];
  await ports.containers.remove(gone);
  await changeEnvironment(
    environment,
    ({ retired }) => ({ retired: retired.filter((name) => !gone.includes(name)) }),
    ports,
  );
  return gone;
}
