import { describe, expect, it } from "vitest";
import { testPool as pool } from "../../state-machines/testing/requests.ts";
import { roomyRecord } from "../testing/planned-update.ts";
import type { EnvironmentSettings } from "./items.ts";
import type { LayerPlan } from "./layer.ts";
import { type FoundFiles, planLayer } from "./layer-wish.ts";
import { logGroupArn, logGroups, loggingVariable } from "./log-groups.ts";
import { taskRoles } from "./names.ts";
import { logModules } from "./requests.ts";

const logging = (...enabled: readonly string[]) =>
  Object.fromEntries(
    logModules.map((module) => [module, { enabled: enabled.includes(module), level: "WARNING" as const }]),
  ) as EnvironmentSettings["logging"];
const told = (of: Parameters<typeof loggingVariable>[2], ...enabled: readonly string[]) =>
  Object.keys(JSON.parse(loggingVariable("first", logging(...enabled), of, pool)["HANGAR_LOGGING"] ?? "{}"));

it("groups are named as MWAA names them", () => {
  const names = logModules.map((module) => logGroupArn("first", module, pool).split(":").at(-1));
  const suffixes = ["DAGProcessing", "Scheduler", "Task", "WebServer", "Worker"];
  expect(names).toEqual(suffixes.map((suffix) => `airflow-first-${suffix}`));
});

describe("what a task is told of logs", () => {
  it("is the enabled modules it writes or reads, with group and level", () => {
    expect(told("web", ...logModules)).toEqual(["Task", "WebServer"]);
    expect(told("scheduler", ...logModules)).toEqual(["DAGProcessing", "Scheduler", "Task"]);
    expect(told("worker", ...logModules)).toEqual(["Task", "Worker"]);
    expect(JSON.parse(loggingVariable("first", logging("WorkerLogs"), "worker", pool)["HANGAR_LOGGING"]!)).toEqual({
      Worker: { group: logGroupArn("first", "WorkerLogs", pool), level: "WARNING" },
    });
  });

  it("of a layer's builder is where those who will run on the layer write", () => {
    expect(told("builder", ...logModules)).toEqual(["Scheduler", "WebServer", "Worker"]);
    expect(told("builder", "TaskLogs", "WorkerLogs")).toEqual(["Worker"]);
  });

  it("reaches the builder with the task that builds", () => {
    const { settings, ...record } = roomyRecord();
    const found = { versionId: "v1", size: 1 };
    const plan = planLayer(
      { ...record, image: "i", settings: { ...settings, logging: logging("WorkerLogs") } },
      { requirements: found, plugins: found, startup: found } as unknown as FoundFiles,
      pool,
    );
    const { environment } = (plan as Extract<LayerPlan, { kind: "build" }>).task;
    expect(environment).toMatchObject(loggingVariable(record.name, logging("WorkerLogs"), "builder", pool));
    expect(environment["HANGAR_LOGGING"]).toContain(`airflow-${record.name}-Worker`);
  });

  it("is nothing where all its modules are off", () => {
    for (const role of taskRoles) expect(loggingVariable("first", logging(), role, pool)).toEqual({});
    expect(loggingVariable("first", logging("WebserverLogs"), "worker", pool)).toEqual({});
  });

  it("changes exactly for the roles an update of its module replaces", () => {
    for (const module of logModules) {
      const changed = taskRoles.filter((role) => told(role, module).length > 0);
      expect(new Set(changed)).toEqual(new Set(logGroups[module].roles));
    }
  });
});
