// An environment by its name, as the API's paths name it.
import { notFound } from "../domain/gates.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import type { Environments } from "../ports/environments.ts";

/** @throws EnvironmentNotFound */
export async function findEnvironment(
  name: string,
  { environments }: { readonly environments: Environments },
): Promise<EnvironmentItem> {
  const environment = await environments.get(name);
  if (!environment) throw notFound(name);
  return environment;
}
