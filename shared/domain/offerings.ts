// What can be created: Airflow versions and environment classes, with their limits (MWAA user guide: versions, classes).

export interface EnvironmentClass {
  readonly tasksPerWorker: number;
  readonly worker: { readonly cpu: number; readonly memoryMegabytes: number };
  readonly scheduler: { readonly cpu: number; readonly memoryMegabytes: number };
  readonly web: { readonly cpu: number; readonly memoryMegabytes: number };
  /** Login-role connection limit, from the size of the class's database. */
  readonly databaseConnections: number;
  readonly schedulers: { readonly least: number; readonly most: number; readonly usual: number };
  readonly webservers: { readonly least: number; readonly most: number; readonly usual: number };
  readonly workers: { readonly most: number; readonly usualMax: number };
}

const several = { least: 2, most: 5, usual: 2 };
const size = (vcpu: number, gigabytes: number) => ({ cpu: vcpu * 1024, memoryMegabytes: gigabytes * 1024 });

/** MWAA user guide, "Environment class" (capacity table). */
export const environmentClasses: Readonly<Record<string, EnvironmentClass>> = {
  "mw1.micro": {
    tasksPerWorker: 3,
    worker: size(1, 3),
    scheduler: size(1, 3),
    web: size(1, 3),
    databaseConnections: 60,
    schedulers: { least: 1, most: 1, usual: 1 },
    webservers: { least: 1, most: 1, usual: 1 },
    workers: { most: 1, usualMax: 1 },
  },
  "mw1.small": row(5, [1, 2], [1, 2], [1, 2], 100),
  "mw1.medium": row(10, [2, 4], [2, 4], [1, 2], 150),
  "mw1.large": row(20, [4, 8], [4, 8], [2, 4], 200),
  "mw1.xlarge": row(40, [8, 24], [8, 24], [4, 12], 400),
  "mw1.2xlarge": row(80, [16, 48], [16, 48], [8, 24], 800),
};

type Pair = readonly [vcpu: number, gigabytes: number];
function row(tasks: number, worker: Pair, scheduler: Pair, web: Pair, databaseConnections: number): EnvironmentClass {
  return {
    tasksPerWorker: tasks,
    worker: size(...worker),
    scheduler: size(...scheduler),
    web: size(...web),
    databaseConnections,
    schedulers: several,
    webservers: several,
    workers: { most: 50, usualMax: 10 },
  };
}

export interface AirflowOffering {
  /** Schema head of `alembic_version` after `airflow db migrate`; names the template database with the version. */
  readonly version: string;
  /** Of Apache Airflow, and since when MWAA offers it (MWAA user guide, "Airflow versions"). */
  readonly released: string;
  readonly offeredSince: string;
  /** Why it cannot be created (any more), or null. */
  readonly notCreatable: string | null;
}

/** Newest first: the first creatable one is the default (MWAA user guide, "Airflow versions"). */
export const airflowOfferings: readonly AirflowOffering[] = [
  { version: "3.3.1", released: "2026-08-12", offeredSince: "2026-09-01", notCreatable: null },
  { version: "3.2.1", released: "2026-04-22", offeredSince: "2026-05-19", notCreatable: null },
  {
    version: "3.0.6",
    released: "2025-08-29",
    offeredSince: "2025-10-01",
    notCreatable: "its constraints pin kombu 5.5, which stalls on SQS; use 3.2.1 or newer",
  },
  {
    version: "2.11.2",
    released: "2026-03-14",
    offeredSince: "2026-07-23",
    notCreatable: null,
  },
  {
    version: "2.10.3",
    released: "2024-11-04",
    offeredSince: "2024-12-18",
    notCreatable: null,
  },
];

/** Airflow 2 or 3: what addresses, APIs and commands differ by. */
export const airflowMajor = (airflowVersion: string): 2 | 3 => (airflowVersion.startsWith("2.") ? 2 : 3);

export const defaultAirflowVersion = airflowOfferings.find((offering) => !offering.notCreatable)!.version;
export const defaultEnvironmentClass = "mw1.small";

/** SQS's maximum: a task that takes longer is delivered a second time (MWAA user guide; kombu). */
export const celeryVisibilityTimeoutSeconds = 43_200;
