// Everything outside the functions, in memory: every port's twin, wired to each other as the real ones are, with its
// state open to tests, faults at every method, and a list of what is left over.
import type { Alarms } from "../ports/alarms.ts";
import type { AirflowRest } from "../ports/airflow-rest.ts";
import type { Clock, Identifiers } from "../ports/clock.ts";
import type { Containers } from "../ports/containers.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { DatabaseCopies } from "../ports/database-copies.ts";
import type { Databases } from "../ports/databases.ts";
import type { Environments } from "../ports/environments.ts";
import type { LiveDatabase } from "../ports/live-database.ts";
import type { LoadMetrics } from "../ports/load-metrics.ts";
import type { OperationOutcomes } from "../ports/operation-outcomes.ts";
import type { Operations } from "../ports/operations.ts";
import type { Reminders } from "../ports/reminders.ts";
import type { Snapshots } from "../ports/snapshots.ts";
import type { SecretVault } from "../ports/secret-vault.ts";
import type { SourceBuckets, SourceReader } from "../ports/source-buckets.ts";
import type { TaskOutput } from "../ports/task-output.ts";
import type { TaskQueues } from "../ports/task-queues.ts";
import type { WebAddresses } from "../ports/web-addresses.ts";
import type { Workflows } from "../ports/workflows.ts";
import { faults } from "./faults.ts";
import { memoryAirflowRest } from "./memory-airflow-rest.ts";
import { memoryAlarms } from "./memory-alarms.ts";
import { memoryAgents } from "./memory-agents.ts";
import { buildInMemory } from "./memory-builder.ts";
import { tryInMemory } from "./memory-check.ts";
import { memoryClock, memoryIdentifiers } from "./memory-clock.ts";
import { memoryContainers } from "./memory-containers.ts";
import { memoryControlBucket } from "./memory-control-bucket.ts";
import { memoryDatabaseCopies } from "./memory-database-copies.ts";
import { memoryDatabases } from "./memory-databases.ts";
import { memoryEnvironments } from "./memory-environments.ts";
import { memoryLiveDatabase } from "./memory-live-database.ts";
import { memoryLoadMetrics } from "./memory-load-metrics.ts";
import { memoryOperationOutcomes } from "./memory-operation-outcomes.ts";
import { memoryOperations } from "./memory-operations.ts";
import { memoryReminders } from "./memory-reminders.ts";
import { memorySecretVault } from "./memory-secret-vault.ts";
import { memorySnapshots } from "./memory-snapshots.ts";
import { memorySourceBuckets } from "./memory-source-buckets.ts";
import { memoryTaskOutput } from "./memory-task-output.ts";
import { memoryTaskQueues } from "./memory-task-queues.ts";
import { endUpgradeTask } from "./memory-upgrade-tasks.ts";
import { memoryWebAddresses } from "./memory-web-addresses.ts";
import { memoryWorkflows } from "./memory-workflows.ts";

/** Every port by the name functions/wiring.ts gives it. */
export interface AllPorts {
  readonly environments: Environments;
  readonly operations: Operations;
  readonly workflows: Workflows;
  readonly sourceBuckets: SourceBuckets;
  readonly controlBucket: ControlBucket;
  readonly secretVault: SecretVault;
  readonly taskQueues: TaskQueues;
  readonly databases: Databases;
  readonly databaseCopies: DatabaseCopies;
  readonly liveDatabase: LiveDatabase;
  readonly containers: Containers;
  readonly taskOutput: TaskOutput;
  readonly webAddresses: WebAddresses;
  readonly airflowRest: AirflowRest;
  readonly loadMetrics: LoadMetrics;
  readonly reminders: Reminders;
  readonly alarms: Alarms;
  readonly operationOutcomes: OperationOutcomes;
  readonly snapshots: Snapshots;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
}

/** e.g. `containers.deploy`. */
export type PortMethod = {
  [Port in Exclude<keyof AllPorts, "clock" | "identifiers">]: `${Port}.${keyof (Port extends "sourceBuckets"
    ? SourceReader
    : AllPorts[Port]) &
    string}`;
}[Exclude<keyof AllPorts, "clock" | "identifiers">];

export type MemoryWorld = ReturnType<typeof createMemoryWorld>;

/** A world in which nothing exists yet. @param options.now where its clock starts, milliseconds since the epoch */
export function createMemoryWorld(options: { readonly now: number }) {
  const clock = memoryClock(options.now);
  const databases = memoryDatabases();
  const databaseCopies = memoryDatabaseCopies(databases);
  const containers = memoryContainers((spec, end) => {
    endUpgradeTask(spec, end, databaseCopies);
    if (end.exitCode !== 0) return;
    if (spec.command.includes("build-layer")) buildInMemory(spec, controlBucket, clock.now());
    if (spec.command.includes("check-upgrade")) tryInMemory(spec, controlBucket, databaseCopies, clock.now());
    // another one-off task migrates the scratch database its variables name
    const scratch = spec.environment["HANGAR_METADATA_DATABASE"];
    if (spec.command.includes("migrate") && scratch !== undefined) databases.migrate(scratch);
  });
  const agents = memoryAgents(containers, () => controlBucket, clock.now);
  const sourceBuckets = memorySourceBuckets();
  const controlBucket = memoryControlBucket(agents.look);
  const struck = faults();
  const seenBuckets = struck.wrap("sourceBuckets", sourceBuckets);
  sourceBuckets.readers = seenBuckets;

  const twins = {
    environments: struck.wrap("environments", memoryEnvironments()),
    operations: struck.wrap("operations", memoryOperations()),
    workflows: struck.wrap("workflows", memoryWorkflows()),
    sourceBuckets: seenBuckets,
    controlBucket: struck.wrap("controlBucket", controlBucket),
    secretVault: struck.wrap("secretVault", memorySecretVault()),
    taskQueues: struck.wrap("taskQueues", memoryTaskQueues()),
    databases: struck.wrap("databases", databases),
    databaseCopies: struck.wrap("databaseCopies", databaseCopies),
    liveDatabase: struck.wrap("liveDatabase", memoryLiveDatabase(databases, databaseCopies, clock.now)),
    containers: struck.wrap("containers", containers),
    taskOutput: struck.wrap("taskOutput", memoryTaskOutput()),
    webAddresses: struck.wrap("webAddresses", memoryWebAddresses()),
    airflowRest: struck.wrap("airflowRest", memoryAirflowRest()),
    loadMetrics: struck.wrap("loadMetrics", memoryLoadMetrics()),
    reminders: struck.wrap("reminders", memoryReminders()),
    alarms: struck.wrap("alarms", memoryAlarms()),
    operationOutcomes: struck.wrap("operationOutcomes", memoryOperationOutcomes()),
    snapshots: struck.wrap("snapshots", memorySnapshots()),
    clock,
    identifiers: memoryIdentifiers(),
  } satisfies AllPorts;

  return {
    ...twins,
    /** All of them, as a handler or step takes them. */
    ports: twins,
    agents: { script: agents.script, releasedTasks: agents.releasedTasks },
    /** Every call at a port so far, e.g. `containers.deploy`. */
    calls: struck.calls as readonly string[],
    /**
     * Lets the next calls of a port's method fail.
     * @param when `after`: the work is done and the caller is told it failed
     */
    fail(method: PortMethod, error: Error, times = 1, when: "before" | "after" = "before"): void {
      struck.add(method, { error, when, left: times });
    },
    /** Forgets faults that have not struck. */
    heal: () => struck.clear(),
    /** Names of everything there is, templates and users' buckets aside; empty means a clean slate. */
    leftovers: () => leftovers(twins),
  };
}

function leftovers(
  world: {
    readonly [Port in
      | "environments"
      | "secretVault"
      | "taskQueues"
      | "databases"
      | "containers"
      | "webAddresses"
      | "alarms"
      | "snapshots"
      | "controlBucket"]: MemoryTwin[Port];
  },
): readonly string[] {
  const named = (what: string, names: Iterable<string>) => [...names].map((name) => `${what} ${name}`);
  const { containers, databases, webAddresses } = world;
  const templates = new Set([...databases.databases].filter(([, { sealed }]) => sealed).map(([name]) => name));
  const runningOneOffs = [...containers.oneOffs].filter(([, { stopped }]) => !stopped).map(([token]) => token);
  return [
    ...named("environment", world.environments.items.keys()),
    ...named("release of", world.environments.releases.keys()),
    ...named("secret", world.secretVault.secrets.keys()),
    ...named("queue", world.taskQueues.queues.keys()),
    ...named(
      "database",
      [...databases.databases.keys()].filter((name) => !templates.has(name)),
    ),
    ...named(
      "role",
      [...databases.roles.keys()].filter((name) => !templates.has(name)),
    ),
    ...named("service", containers.services.keys()),
    ...named("task definition", containers.definitions.keys()),
    ...named("one-off task", runningOneOffs),
    ...named("target group", webAddresses.targetGroups.keys()),
    ...named("host rule", webAddresses.rules.keys()),
    ...named("alarm", world.alarms.alarms.keys()),
    ...named("snapshot", world.snapshots.items.keys()),
    ...named("control object", world.controlBucket.objects.keys()),
  ];
}

interface MemoryTwin {
  readonly environments: ReturnType<typeof memoryEnvironments>;
  readonly secretVault: ReturnType<typeof memorySecretVault>;
  readonly taskQueues: ReturnType<typeof memoryTaskQueues>;
  readonly databases: ReturnType<typeof memoryDatabases>;
  readonly containers: ReturnType<typeof memoryContainers>;
  readonly webAddresses: ReturnType<typeof memoryWebAddresses>;
  readonly alarms: ReturnType<typeof memoryAlarms>;
  readonly snapshots: ReturnType<typeof memorySnapshots>;
  readonly controlBucket: ReturnType<typeof memoryControlBucket>;
}
