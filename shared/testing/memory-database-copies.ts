// Sealing, copying and handing over in memory, on the databases and roles of memory-databases.ts: what is in a database is a
// few rows that tests read and write.
import { HangarError } from "../domain/errors.ts";
import type { DatabaseCopies, Interrupted, MigrationFacts, OwnedDatabase } from "../ports/database-copies.ts";
import { administrator, type MemoryDatabase, type MemoryDatabases } from "./memory-databases.ts";

export interface MemoryTask extends Interrupted {
  readonly maxTries: number;
  readonly state: string | null;
  readonly queue: string;
}

/** What a database holds, as far as an upgrade cares. */
export interface MemoryContents {
  tasks: MemoryTask[];
  /** DAGs by whether they are paused. */
  dags: Map<string, boolean>;
  migration: MigrationFacts;
  /** When its DAG runs and task instances started, in milliseconds since the epoch. */
  begun: { readonly runs: readonly number[]; readonly taskInstances: readonly number[] };
  /** Airflow's tables are in it; absent: they are, unless it was made empty to be filled. */
  whole?: boolean;
  /** DAGs the migration paused until the commit; null: it held nothing, or the hold is lifted. */
  heldDags: readonly string[] | null;
  readonly interrupted: Map<string, readonly Interrupted[]>;
}

export interface MemoryDatabaseCopies extends DatabaseCopies {
  /** Rows of a database that is there, sealed or not. */
  contents(database: string): MemoryContents;
  isSealed(database: string): boolean;
  /** A client. @throws when it would not be let in */
  connect(database: string, role: string): { readonly alive: () => boolean; readonly close: () => void };
  /** What `hangar-agent copy-database` does with a copier's login. @throws as PostgreSQL refuses it */
  copyAs(role: string, source: string, copy: string): void;
  /** What `hangar-agent copy-online` does with a reader's login. @throws as PostgreSQL refuses it */
  fillAs(role: string, source: string, target: string): void;
}

interface Kept {
  sealed: boolean;
  readonly clients: Set<object>;
  readonly contents: MemoryContents;
}

const gone = (database: string) => new Error(`database "${database}" does not exist`);
const unfit = (message: string) => new HangarError("DependencyUnavailable", message);
const waitingStates = [null, "scheduled", "queued", "deferred", "up_for_retry", "up_for_reschedule", "awaiting_input"];

/** On the same server as these databases. */
export function memoryDatabaseCopies(server: MemoryDatabases): MemoryDatabaseCopies {
  const keptOf = new Map<symbol, Kept>();
  const copiers = new Set<string>();
  /** By role: the database it may read. */
  const readers = new Map<string, string>();
  const found = (database: string): MemoryDatabase => {
    const one = server.databases.get(database);
    if (!one) throw gone(database);
    return one;
  };
  const keep = (database: string, contents: MemoryContents): Kept => {
    const identity = Symbol(database);
    const one = { sealed: false, clients: new Set<object>(), contents };
    keptOf.set(identity, one);
    server.databases.set(database, { ...found(database), identity });
    return one;
  };
  const kept = (database: string): Kept => {
    const { identity } = found(database);
    return (identity && keptOf.get(identity)) ?? keep(database, emptyContents());
  };
  const within = (database: string): MemoryContents => {
    const { sealed, contents } = kept(database);
    if (sealed) throw new Error(`database "${database}" is not currently accepting connections`);
    return contents;
  };
  const change = (database: string, fields: Partial<MemoryDatabase>) =>
    void server.databases.set(database, { ...found(database), ...fields });
  const changeRole = (role: string, fields: { readonly login: boolean }) => {
    const one = server.roles.get(role);
    if (!one) throw new Error(`role "${role}" does not exist`);
    server.roles.set(role, { ...one, ...fields });
  };
  const mayEnter = (database: string, role: string) =>
    !kept(database).sealed && found(database).owner === role && server.roles.get(role)?.login === true;

  return {
    contents: (database) => kept(database).contents,
    isSealed: (database) => kept(database).sealed,
    connect(database, role) {
      if (!mayEnter(database, role)) throw new Error(`${role} may not connect to ${database}`);
      const client = {};
      const { clients } = kept(database);
      clients.add(client);
      return { alive: () => clients.has(client), close: () => void clients.delete(client) };
    },
    copyAs(role, source, copy) {
      const { sealed, clients, contents } = kept(source);
      if (!copiers.has(role)) throw new Error("permission denied to create database");
      if (!sealed) throw new Error(`permission denied to copy database "${source}"`);
      if (clients.size > 0) throw new Error(`source database "${source}" is being accessed by other users`);
      if (server.databases.has(copy)) throw new Error(`database "${copy}" already exists`);
      server.databases.set(copy, { ...found(source), owner: role, connectionLimit: null, clonedFrom: source });
      keep(copy, structuredClone(contents));
    },
    fillAs(role, source, target) {
      const from = kept(source);
      if (readers.get(role) !== source) throw new Error(`permission denied for database "${source}"`);
      if (from.sealed) throw new Error(`database "${source}" is not currently accepting connections`);
      if (!mayEnter(target, role)) throw new Error(`permission denied for database "${target}"`);
      const into = kept(target);
      if (into.contents.whole !== false) return;
      Object.assign(into.contents, structuredClone(from.contents), { whole: true });
      change(target, { objectOwner: role });
    },

    async lookAtSource({ database, role }) {
      if (!server.databases.has(database)) return null;
      const { sealed, clients, contents } = kept(database);
      return {
        open: server.roles.get(role)?.login === true,
        sealed,
        connections: clients.size,
        running: sealed ? 0 : contents.tasks.filter(runs).length,
        size: 1_000 + contents.tasks.length,
      };
    },
    async lookAtCopy({ database }, queue) {
      if (!server.databases.has(database)) return null;
      const { clients, contents } = kept(database);
      const settled = ["untouched", "done"].includes(contents.migration.state);
      const queued = settled ? contents.tasks.filter((task) => waits(task, queue)).length : 0;
      return { migration: contents.migration, queued, connections: clients.size };
    },
    async countBegunSince(database, since) {
      if (!server.databases.has(database) || kept(database).sealed) return null;
      const { runs, taskInstances } = kept(database).contents.begun;
      const after = (times: readonly number[]) => times.filter((time) => time > since).length;
      return { runs: after(runs), taskInstances: after(taskInstances) };
    },
    setLogin: async (role, allowed) => changeRole(role, { login: allowed }),
    endConnections: async (database) => {
      if (server.databases.has(database)) kept(database).clients.clear();
    },
    async retryInterrupted({ database, role }, operationId) {
      const contents = within(database);
      if (server.roles.get(role)?.login === true) {
        throw unfit(
          `Tasks are not marked to run again while ${role} may log in: somebody may still run them. Close its door first.`,
        );
      }
      const listed = [...(contents.interrupted.get(operationId) ?? []), ...contents.tasks.filter(runs).map(keyOf)];
      contents.interrupted.set(operationId, listed.toSorted(byKey));
      contents.tasks = contents.tasks.map((task) =>
        runs(task) ? { ...task, state: null, maxTries: task.maxTries + 1 } : task,
      );
      return contents.interrupted.get(operationId) ?? [];
    },
    async listInterrupted({ database }, operationId) {
      return within(database).interrupted.get(operationId) ?? [];
    },
    async seal({ database }) {
      const source = kept(database);
      if (!source.sealed) source.contents.migration = { state: "untouched" };
      source.sealed = true;
      change(database, { owner: administrator });
    },
    async unseal({ database, role }) {
      kept(database).sealed = false;
      change(database, { owner: role });
    },
    async ensureCopier(role, password) {
      copiers.add(role);
      server.roles.set(role, { login: true, password, connectionLimit: 2 });
    },
    async dropCopier(role) {
      copiers.delete(role);
      server.roles.delete(role);
      for (const [database, { owner }] of server.databases) {
        if (owner === role) change(database, { owner: administrator });
      }
    },
    async ensureReader(role, password, source, target) {
      const made = server.databases.get(target);
      if (made && made.owner !== role) return;
      if (!server.databases.has(source)) throw unfit(`${source} cannot be copied: there is no such database.`);
      if (kept(source).sealed) throw unfit(`${source} cannot be copied: it is sealed, and nobody can connect to it.`);
      readers.set(role, source);
      server.roles.set(role, { login: true, password, connectionLimit: 4 });
      if (made) return;
      const empty = { ...{ sealed: false, clonedFrom: null }, ...{ objectOwner: null, connectionLimit: 8 } };
      server.databases.set(target, { ...empty, owner: role });
      keep(target, { ...emptyContents(), whole: false });
    },
    async dropReader(role) {
      const own = [...server.databases].find(([, { owner, objectOwner }]) => owner === role || objectOwner === role);
      if (own) throw new Error(`role "${role}" cannot be dropped because it owns ${own[0]}`);
      readers.delete(role);
      server.roles.delete(role);
    },
    async lookAtTarget(target) {
      if (!server.databases.has(target)) return null;
      const { sealed, contents } = kept(target);
      return { whole: sealed || contents.whole !== false, sealed, size: 1_000 + contents.tasks.length };
    },
    async handOver({ database, role }, from, { password, connectionLimit }) {
      if (!server.databases.has(database)) {
        throw unfit(`There is no database ${database} to hand over: the copying did not finish, or it was dropped.`);
      }
      if (kept(database).sealed)
        throw unfit(`The database ${database} is sealed: it is a snapshot, and handed over to nobody.`);
      const own = [...server.databases].find(([name, { owner }]) => owner === from && name !== database);
      if (own) {
        throw unfit(`${from} owns the database ${own[0]}, which would be handed over with the copy: seal it first.`);
      }
      server.roles.set(role, { login: true, password, connectionLimit });
      const { objectOwner } = found(database);
      change(database, {
        owner: role,
        connectionLimit,
        objectOwner: objectOwner === from ? role : objectOwner,
      });
    },
    async requeueTasks({ database }, { from, to }) {
      const contents = within(database);
      contents.tasks = contents.tasks.map((task) =>
        waits(task, from) ? { ...task, queue: to, state: task.state === "queued" ? "scheduled" : task.state } : task,
      );
    },
    async settleClone({ database }, paused) {
      const contents = within(database);
      const open = [...contents.dags]
        .filter(([dag, asleep]) => !asleep && dag !== "_hangar_canary")
        .map(([dag]) => dag);
      contents.heldDags = paused === "for good" ? null : [...(contents.heldDags ?? []), ...open];
      for (const dag of contents.dags.keys()) contents.dags.set(dag, true);
    },
    async liftHold({ database }) {
      const contents = within(database);
      for (const dag of contents.heldDags ?? []) contents.dags.set(dag, false);
      contents.heldDags = null;
    },
    async dropCopy({ database, role }: OwnedDatabase) {
      if (server.databases.has(database)) kept(database).clients.clear();
      server.databases.delete(database);
      server.roles.delete(role);
    },
  };
}

const emptyContents = (): MemoryContents => ({
  tasks: [],
  dags: new Map(),
  migration: { state: "untouched" },
  begun: { runs: [], taskInstances: [] },
  heldDags: null,
  interrupted: new Map(),
});

const runs = ({ state, dagId }: MemoryTask): boolean =>
  (state === "running" || state === "restarting") && dagId !== "_hangar_canary";

const waits = (task: MemoryTask, queue: string): boolean => waitingStates.includes(task.state) && task.queue === queue;

const keyOf = ({ dagId, runId, taskId, mapIndex, tryNumber }: MemoryTask): Interrupted => ({
  ...{ dagId, runId, taskId, mapIndex, tryNumber },
});

const byKey = (one: Interrupted, other: Interrupted): number =>
  one.dagId.localeCompare(other.dagId) ||
  one.runId.localeCompare(other.runId) ||
  one.taskId.localeCompare(other.taskId) ||
  one.mapIndex - other.mapIndex ||
  one.tryNumber - other.tryNumber;
