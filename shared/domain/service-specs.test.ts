import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { planned } from "../testing/planned.ts";
import type { CreatePlan } from "./plan-create.ts";
import { secretKeys } from "./service-specs.ts";

const planOf = (...input: Parameters<typeof planned>) => planned(...input).operation.plan as CreatePlan;
const serviceOf = (plan: CreatePlan, role: string) => plan.services.find((service) => service.role === role)!;

describe("the services of an environment", () => {
  it("are the same for the same plan: a repeated deploy changes nothing", () => {
    expect(planOf().services).toEqual(planOf().services);
  });

  it("name their secrets by variable and key, and hold none", () => {
    for (const { task } of planOf().services) {
      expect(Object.keys(task.environment).filter((name) => /PASSWORD|SECRET|TOKEN|FERNET/.test(name))).toEqual([]);
      expect(task.secretName).toBe(planOf().names.secret);
    }
  });

  it("give every secret to the web server, and what opens it to nobody else: DAG code runs there", () => {
    const keys = (role: string) => Object.values(serviceOf(planOf(), role).task.secrets).toSorted();
    expect(keys("web")).toEqual([...secretKeys].toSorted());
    for (const role of ["scheduler", "worker"])
      expect(keys(role)).toEqual(secretKeys.filter((key) => key !== "signInPublicKey").toSorted());
  });

  it("put only the web tasks behind the address, and give workers time to let their work go", () => {
    expect(
      planOf().services.map(({ role, behindAddress, task }) => [
        role,
        behindAddress,
        task.containerPort,
        task.stopTimeoutSeconds,
      ]),
    ).toEqual([
      ["web", true, 8080, 30],
      ["scheduler", false, undefined, 30],
      ["worker", false, undefined, 120],
    ]);
  });

  it.each([
    ["mw1.micro", 1024, 3072, "3"],
    ["mw1.small", 1024, 2048, "5"],
    ["mw1.medium", 2048, 4096, "10"],
    ["mw1.large", 4096, 8192, "20"],
    ["mw1.xlarge", 8192, 24_576, "40"],
    ["mw1.2xlarge", 16_384, 49_152, "80"],
  ])("of %s have MWAA's sizes", (EnvironmentClass, cpu, memoryMegabytes, slots) => {
    const { task } = serviceOf(planOf({ EnvironmentClass }), "worker");
    expect(task).toMatchObject({ cpu, memoryMegabytes });
    expect(task.environment["HANGAR_WORKER_SLOTS"]).toBe(slots);
  });

  it("are told where their configuration lies only when there is one, and where logs go only where a disk is shared", () => {
    const bare = serviceOf(planOf(), "web").task.environment;
    expect(bare).not.toHaveProperty("HANGAR_CONFIGURATION_KEY");
    expect(bare).not.toHaveProperty("HANGAR_LOG_FOLDER");
    const full = serviceOf(
      planOf({ AirflowConfigurationOptions: { "core.x": "y" } }, { pool: { sharedLogFolder: "/logs" } }),
      "web",
    ).task.environment;
    expect(full["HANGAR_CONFIGURATION_KEY"]).toMatch(/^configuration\//);
    expect(full["HANGAR_LOG_FOLDER"]).toBe("/logs/e0000000001");
  });

  it("find queue, databases and control documents by this environment's names alone", () => {
    const { names, services } = planOf();
    expect(services[0]!.task.environment).toMatchObject({
      HANGAR_QUEUE_URL: `${testPool.queueUrlPrefix}${names.queue}`,
      HANGAR_METADATA_DATABASE: names.metadataDatabase,
      HANGAR_CELERY_DATABASE: names.celeryDatabase,
      HANGAR_CONTROL_PREFIX: names.prefix,
      HANGAR_WEB_URL: names.webUrl,
    });
  });
});

describe("the migration of a template", () => {
  it("works on the scratch database with a role and a secret of its own: no environment's password opens the template", () => {
    const { template, names } = planOf();
    expect(template.task.environment["HANGAR_METADATA_DATABASE"]).toBe(template.scratch);
    expect(template.task.environment["HANGAR_METADATA_USER"]).toBe(template.scratch);
    expect(template.task.secretName).not.toBe(names.secret);
    expect(JSON.stringify(template.task)).not.toContain(names.metadataDatabase);
  });
});
