// Cluster operations. A cluster is only a name that groups tasks and services: the machine is the one there is.
import type { JsonOperation } from "../json-protocol.ts";
import { optionalText, page, tags, textList } from "./input.ts";
import type { ClusterRecord } from "./records.ts";
import { arnOf, checkedName, type State, shortName } from "./state.ts";

/** CreateCluster, DescribeClusters and ListClusters. */
export function clusterOperations(state: State): Record<string, JsonOperation> {
  return {
    CreateCluster: (input) => {
      const name = checkedName(optionalText(input, "clusterName") ?? "default", "clusterName");
      const existing = state.store.clusters.get(name);
      if (existing) return { cluster: wireCluster(state, existing) }; // as ECS: the same name again changes nothing
      const cluster: ClusterRecord = { name, arn: arnOf(state, `cluster/${name}`), tags: tags(input) };
      state.store.clusters.put(name, cluster);
      return { cluster: wireCluster(state, cluster) };
    },
    DescribeClusters: (input) => {
      const names = textList(input, "clusters");
      const found: unknown[] = [];
      const failures: unknown[] = [];
      for (const name of names.length === 0 ? ["default"] : names) {
        const cluster = state.store.clusters.get(shortName(name));
        if (cluster) found.push(wireCluster(state, cluster));
        else failures.push({ arn: arnOf(state, `cluster/${shortName(name)}`), reason: "MISSING" });
      }
      return { clusters: found, failures };
    },
    ListClusters: (input) => {
      const arns = state.store.clusters.values().map((cluster) => cluster.arn);
      const { arns: clusterArns, nextToken } = page(input, arns);
      return { clusterArns, nextToken };
    },
  };
}

function wireCluster(state: State, cluster: ClusterRecord): unknown {
  const tasks = state.store.tasks.values().filter((task) => task.clusterArn === cluster.arn);
  const services = state.store.services.values().filter((service) => service.clusterArn === cluster.arn);
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: "ACTIVE",
    registeredContainerInstancesCount: 0,
    runningTasksCount: tasks.filter((task) => task.lastStatus === "RUNNING").length,
    pendingTasksCount: tasks.filter((task) => task.lastStatus === "PROVISIONING" || task.lastStatus === "PENDING")
      .length,
    activeServicesCount: services.filter((service) => service.status === "ACTIVE").length,
    statistics: [],
    tags: cluster.tags,
    settings: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
  };
}
