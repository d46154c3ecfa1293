// The in-memory twins under the contracts of the adapters they stand for.
import { beforeEach, describe, expect } from "vitest";
import { memoryAlarms } from "../../../shared/testing/memory-alarms.ts";
import { memoryAirflowRest } from "../../../shared/testing/memory-airflow-rest.ts";
import { memoryContainers } from "../../../shared/testing/memory-containers.ts";
import { memoryControlBucket } from "../../../shared/testing/memory-control-bucket.ts";
import { memoryDatabaseCopies } from "../../../shared/testing/memory-database-copies.ts";
import { memoryDatabases } from "../../../shared/testing/memory-databases.ts";
import { memoryLiveDatabase } from "../../../shared/testing/memory-live-database.ts";
import { memoryEnvironments } from "../../../shared/testing/memory-environments.ts";
import { memoryLoadMetrics } from "../../../shared/testing/memory-load-metrics.ts";
import { memoryOperations } from "../../../shared/testing/memory-operations.ts";
import { memorySecretVault } from "../../../shared/testing/memory-secret-vault.ts";
import { memorySnapshots } from "../../../shared/testing/memory-snapshots.ts";
import { memorySourceBuckets } from "../../../shared/testing/memory-source-buckets.ts";
import { memoryTaskOutput } from "../../../shared/testing/memory-task-output.ts";
import { memoryTaskQueues } from "../../../shared/testing/memory-task-queues.ts";
import { memoryWebAddresses } from "../../../shared/testing/memory-web-addresses.ts";
import { memoryWorkflows } from "../../../shared/testing/memory-workflows.ts";
import { alarmsContract } from "./alarms.suite.ts";
import { airflowRestContract } from "./airflow-rest.suite.ts";
import { containersContract } from "./containers.suite.ts";
import { controlBucketContract } from "./control-bucket.suite.ts";
import { type CopiesSubject, databaseCopiesContract } from "./database-copies.suite.ts";
import { databasesContract } from "./databases.suite.ts";
import { liveDatabaseContract } from "./live-database.suite.ts";
import { environmentsContract, operationsContract } from "./items.suite.ts";
import { onlineCopiesContract } from "./online-copies.suite.ts";
import { loadMetricsContract } from "./load-metrics.suite.ts";
import { secretVaultContract } from "./secret-vault.suite.ts";
import { snapshotsContract } from "./snapshots.suite.ts";
import { sourceBucketsContract } from "./source-buckets.suite.ts";
import { taskOutputContract } from "./task-output.suite.ts";
import { taskQueuesContract } from "./task-queues.suite.ts";
import { webAddressesContract } from "./web-addresses.suite.ts";
import { workflowsContract } from "./workflows.suite.ts";

describe("environments in memory", () => {
  const environments = memoryEnvironments();
  environmentsContract(() => environments);
});

describe("operations in memory", () => {
  const operations = memoryOperations();
  operationsContract(() => operations);
});

describe("snapshots in memory", () => {
  const snapshots = memorySnapshots();
  snapshotsContract(() => snapshots);
});

describe("workflows in memory", () => {
  const workflows = memoryWorkflows();
  workflowsContract(() => ({
    workflows,
    end: (name, error) => workflows.end(name, 1_800_000_000_000, error),
    inputs: () => [...workflows.executions.values()].map(({ input }) => input),
  }));
});

describe("secrets in memory", () => {
  const vault = memorySecretVault();
  secretVaultContract(() => vault);
});

describe("alarms in memory", () => {
  let alarms = memoryAlarms();
  beforeEach(() => {
    alarms = memoryAlarms();
  });
  alarmsContract(() => ({ alarms, names: () => [...alarms.alarms.keys()] }));
});

describe("load in memory", () => {
  const loadMetrics = memoryLoadMetrics();
  loadMetricsContract(() => ({ loadMetrics, measure: loadMetrics.measure }));
});

describe("queues in memory", () => {
  const queues = memoryTaskQueues();
  taskQueuesContract(() => ({
    queues,
    visibilityTimeoutSeconds: (name) => queues.queues.get(name)?.visibilityTimeoutSeconds,
  }));
});

describe("source buckets in memory", () => {
  const buckets = memorySourceBuckets();
  const { make, upload, erase } = buckets;
  sourceBucketsContract(() => ({ buckets, make, upload, erase }));
});

describe("control bucket in memory", () => {
  const bucket = memoryControlBucket();
  controlBucketContract(() => ({
    bucket,
    putReport: bucket.putReport,
    write: (key, text) => void bucket.objects.set(key, { body: text, etag: "" }),
    keys: (prefix) => [...bucket.objects.keys()].filter((key) => key.startsWith(prefix)),
  }));
});

describe("databases in memory", () => {
  const databases = memoryDatabases();
  databasesContract(() => ({
    databases,
    migrate: databases.migrate,
    databaseNames: () => [...databases.databases.keys()].sort(),
    roleNames: () => [...databases.roles.keys()].sort(),
    connectionLimit: (role) => databases.roles.get(role)?.connectionLimit ?? expect.unreachable(`no limit of ${role}`),
    mayConnect(database, role, password) {
      const login = databases.roles.get(role);
      return databases.databases.get(database)?.owner === role && login?.login === true && login.password === password;
    },
  }));
});

describe("copies of databases in memory", () => {
  const databases = memoryDatabases();
  const copies = memoryDatabaseCopies(databases);
  const rows = (database: string) => copies.contents(database);
  const subject = (): CopiesSubject => ({
    databases,
    copies,
    fill(database, role) {
      databases.databases.set(database, { ...databases.databases.get(database)!, objectOwner: role });
    },
    addTask(database, { dagId = "etl", ...task }) {
      rows(database).tasks.push({ runId: "r", mapIndex: -1, ...task, dagId });
    },
    tasks: (database) =>
      rows(database)
        .tasks.filter(({ dagId }) => dagId === "etl")
        .map(({ taskId, state, queue, tryNumber, maxTries }) => ({ taskId, state, queue, tryNumber, maxTries })),
    connect: async (database, role) => copies.connect(database, role),
    copyAs: async (role, _password, source, copy) => copies.copyAs(role, source, copy),
    fillAs: async (role, _password, source, target) => copies.fillAs(role, source, target),
    writeMigration: (copy, facts) => void Object.assign(rows(copy), { migration: facts }),
    hold(copy, dags) {
      rows(copy).heldDags = dags;
      for (const dag of dags) rows(copy).dags.set(dag, true);
    },
    addDag: (database, dag, paused) => void rows(database).dags.set(dag, paused),
    pausedDags: (database) => Object.fromEntries(rows(database).dags),
  });
  databaseCopiesContract(subject);
  onlineCopiesContract(subject);
});

describe("looks at databases in memory", () => {
  const databases = memoryDatabases();
  const copies = memoryDatabaseCopies(databases);
  const now = Date.UTC(2026, 0, 8);
  const live = memoryLiveDatabase(databases, copies, () => now);
  liveDatabaseContract(() => ({
    live,
    make: (database) =>
      databases.ensureDatabase({ database, role: database, password: "own", template: null, connectionLimit: 5 }),
    async addTask(database, { seconds, dagId = "etl", ...task }) {
      const row = { runId: "r", mapIndex: -1, queue: "q", tryNumber: 1, maxTries: 0, ...task, dagId };
      copies.contents(database).tasks.push(row);
      if (seconds !== null) live.startedAt.set(`${database} ${task.taskId}`, now - seconds * 1000);
    },
    addCallbacks: async (database, count) => void live.callbacks.set(database, count),
    seal: (database) => copies.seal({ database, role: database }),
  }));
});

describe("tasks' output in memory", () => {
  const output = memoryTaskOutput();
  taskOutputContract(() => ({
    output,
    oneOff: async (_family, token, lines) => void output.lines.set(token, lines),
    service: async (name, lines) => void output.lines.set(name, lines),
    until: async (_what, look) => {
      const seen = await look();
      return seen || expect.unreachable("it is there at once");
    },
  }));
});

describe("containers in memory", () => {
  const containers = memoryContainers();
  containersContract(() => ({
    containers,
    secretArn: "arn:aws:secretsmanager:us-east-1:000000000000:secret:suite-AbCdEf",
    definitions: (family) => containers.definitions.get(family)?.length ?? 0,
    oneOffsEndWith: (exitCode) => {
      containers.script.oneOff.exitCode = exitCode;
    },
    async until(what, look) {
      for (let looks = 0; looks < 10; looks++) {
        const seen = await look();
        if (seen !== undefined && seen !== false) return seen;
      }
      return expect.unreachable(`never seen: ${what}`);
    },
  }));
});

describe("addresses in memory", () => {
  const addresses = memoryWebAddresses();
  webAddressesContract(() => ({
    addresses,
    answeredBy: (host, path) =>
      addresses.closed.has(host) && !path.startsWith("/execution/") ? "closed" : addresses.rules.get(host),
    targetGroups: () => [...addresses.targetGroups.keys()],
  }));
});

describe("Airflow's REST API in memory", () => {
  const rest = memoryAirflowRest();
  airflowRestContract(() => ({
    rest,
    webUrl: "http://127.0.0.1:8080",
    answers: (status, body) => {
      rest.answer = { status, body };
    },
    staysSilent: () => {
      rest.answer = { error: "AirflowSilent" };
    },
    asked: () => rest.asked.map(({ method, path, query, body }) => ({ method, path, query, body })),
  }));
});
