// What can be killed of an environment and of the region under it, and how each is found among the machine's processes.
import { allProcesses } from "../../../bench/processes.ts";
import { identityOf, type ProcessIdentity } from "../../../local/process-identity.ts";
import type { Home } from "../../stories/support/hangar.ts";

/** Where a victim runs. */
export interface Scene {
  readonly home: Home;
  readonly environmentId: string;
}

export const components = ["scheduler", "dag-processor", "triggerer", "api-server", "worker"] as const;
export const agents = ["web agent", "scheduler agent", "worker agent"] as const;
export const engines = ["load balancer", "PostgreSQL", "region"] as const;
export const victims = [...components, ...agents, ...engines] as const;
export type Victim = (typeof victims)[number];

/** The processes of a victim; none while it is away. */
export function processesOf(scene: Scene, victim: Victim): readonly ProcessIdentity[] {
  return pidsOf(scene, victim).flatMap((pid) => identityOf(pid) ?? []);
}

function pidsOf({ home, environmentId }: Scene, victim: Victim): readonly number[] {
  const agentsOf = (role: string) =>
    home
      .processes(environmentId)
      .filter(({ command }) => command.includes(`hangar_agent run --role ${role}`))
      .map(({ pid }) => pid);
  // found by its parent: a server's title has overwritten its environment
  const startedBy = (role: string, named = "") => {
    const parents = new Set(agentsOf(role));
    return allProcesses()
      .filter(
        ({ parent, command }) => parents.has(parent) && !command.includes("hangar_agent") && command.includes(named),
      )
      .map(({ pid }) => pid);
  };
  const ofRegion = (named: string) =>
    home
      .processes()
      .filter(({ command }) => command.includes(named))
      .map(({ pid }) => pid);
  switch (victim) {
    case "scheduler":
    case "dag-processor":
    case "triggerer":
      return startedBy("scheduler", `hangar_airflow.start ${victim}`);
    case "api-server":
      return startedBy("web");
    case "worker":
      return startedBy("worker");
    case "web agent":
    case "scheduler agent":
    case "worker agent":
      return agentsOf(victim.split(" ")[0]!);
    case "load balancer":
      return ofRegion("loadbalancer/main.ts");
    case "PostgreSQL":
      return ofRegion("bin/postgres -D");
    case "region":
      return [home.regionPid()];
  }
}
