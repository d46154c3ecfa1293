// What the load balancing engine remembers, on SQLite: target groups, targets, rules, tags and the configuration's epoch.
import { join } from "node:path";
import type { SQLOutputValue } from "node:sqlite";
import type { FixedResponse, RuleAction } from "../loadbalancer/configuration.ts";
import { inTransaction, openDatabase } from "../sqlite.ts";
import { settleSchema } from "./store-schema.ts";

export interface HealthCheckSettings {
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly successCodes: string;
  readonly enabled: boolean;
}

export interface StoredTargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly port: number;
  readonly vpcId: string | undefined;
  readonly healthCheck: HealthCheckSettings;
  readonly deregistrationDelaySeconds: number;
}

export interface StoredTarget {
  readonly targetGroup: string;
  /** The task behind it, or its address and port when it was registered through the API. */
  readonly id: string;
  readonly address: string;
  readonly port: number;
  /** Set once it was deregistered: since when (milliseconds), and the first configuration without it. */
  readonly draining: { readonly since: number; readonly epoch: number } | undefined;
}

export interface StoredRule {
  readonly arn: string;
  readonly priority: number;
  readonly hosts: readonly string[];
  readonly pathPatterns: readonly string[];
  readonly action: RuleAction;
}

export type Store = ReturnType<typeof openStore>;

type Row = Record<string, SQLOutputValue>;

/** @param folder private folder of the engine */
export function openStore(folder: string) {
  const database = openDatabase(join(folder, "elbv2.sqlite"), "FULL", settleSchema);
  const all = (sql: string, ...values: (string | number)[]) => database.prepare(sql).all(...values) as Row[];
  const run = (sql: string, ...values: (string | number | null)[]) => database.prepare(sql).run(...values);

  return {
    /** All or nothing: one durable commit. */
    transaction: <Result>(work: () => Result): Result => inTransaction(database, work),
    epoch: (): number => Number(all("SELECT value FROM epoch")[0]?.["value"]),
    raiseEpoch: (): number => Number(all("UPDATE epoch SET value = value + 1 RETURNING value")[0]?.["value"]),

    targetGroups: (): StoredTargetGroup[] => all("SELECT * FROM target_group ORDER BY name").map(toTargetGroup),
    putTargetGroup({ arn, name, ...settings }: StoredTargetGroup): void {
      run(
        "INSERT INTO target_group VALUES (?, ?, ?) ON CONFLICT (arn) DO UPDATE SET settings = excluded.settings",
        ...[arn, name, JSON.stringify(settings)],
      );
    },
    deleteTargetGroup(arn: string): void {
      run("DELETE FROM target WHERE target_group = ?", arn);
      run("DELETE FROM target_group WHERE arn = ?", arn);
      run("DELETE FROM tag WHERE arn = ?", arn);
    },

    targets: (): StoredTarget[] => all("SELECT * FROM target ORDER BY rowid").map(toTarget),
    putTarget({ targetGroup, id, address, port, draining }: StoredTarget): void {
      run(
        `INSERT INTO target VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET address = excluded.address,
         draining_since = excluded.draining_since, draining_epoch = excluded.draining_epoch`,
        ...[targetGroup, id, address, port, draining?.since ?? null, draining?.epoch ?? null],
      );
    },
    deleteTarget({ targetGroup, id, port }: Pick<StoredTarget, "targetGroup" | "id" | "port">): void {
      run("DELETE FROM target WHERE target_group = ? AND id = ? AND port = ?", targetGroup, id, port);
    },

    rules: (): StoredRule[] => all("SELECT * FROM rule ORDER BY priority").map(toRule),
    putRule({ arn, priority, action, ...conditions }: StoredRule): void {
      const group = "targetGroup" in action ? action.targetGroup : null;
      const response = "fixedResponse" in action ? JSON.stringify(action.fixedResponse) : null;
      run(
        `INSERT INTO rule VALUES (?, ?, ?, ?, ?) ON CONFLICT (arn) DO UPDATE SET conditions = excluded.conditions,
         target_group = excluded.target_group, fixed_response = excluded.fixed_response`,
        ...[arn, priority, JSON.stringify(conditions), group, response],
      );
    },
    deleteRule(arn: string): void {
      run("DELETE FROM rule WHERE arn = ?", arn);
      run("DELETE FROM tag WHERE arn = ?", arn);
    },

    tags: (arn: string): { Key: string; Value: string }[] =>
      all("SELECT key, value FROM tag WHERE arn = ? ORDER BY key", arn).map((row) => ({
        Key: String(row["key"]),
        Value: String(row["value"]),
      })),
    putTag(arn: string, key: string, value: string): void {
      run("INSERT OR REPLACE INTO tag VALUES (?, ?, ?)", arn, key, value);
    },
    deleteTag(arn: string, key: string): void {
      run("DELETE FROM tag WHERE arn = ? AND key = ?", arn, key);
    },
    close(): void {
      database.close();
    },
  };
}

function toTargetGroup(row: Row): StoredTargetGroup {
  const settings = JSON.parse(String(row["settings"])) as Omit<StoredTargetGroup, "arn" | "name">;
  return { ...settings, arn: String(row["arn"]), name: String(row["name"]) };
}

function toTarget(row: Row): StoredTarget {
  const since = row["draining_since"];
  return {
    targetGroup: String(row["target_group"]),
    id: String(row["id"]),
    address: String(row["address"]),
    port: Number(row["port"]),
    draining: since === null ? undefined : { since: Number(since), epoch: Number(row["draining_epoch"]) },
  };
}

function toRule(row: Row): StoredRule {
  const conditions = JSON.parse(String(row["conditions"])) as Pick<StoredRule, "hosts" | "pathPatterns">;
  const response = row["fixed_response"];
  return {
    ...conditions,
    arn: String(row["arn"]),
    priority: Number(row["priority"]),
    action:
      typeof response === "string"
        ? { fixedResponse: JSON.parse(response) as FixedResponse }
        : { targetGroup: String(row["target_group"]) },
  };
}
