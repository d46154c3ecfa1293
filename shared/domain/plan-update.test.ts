import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { recordIn } from "../testing/planned.ts";
import { anyUpdate, plannedUpdate, recordMembers, roomyRecord } from "../testing/planned-update.ts";
import type { EnvironmentItem } from "./items.ts";
import { taskRoles } from "./names.ts";
import { committed, settled } from "./outcome.ts";
import { effectOf } from "./plan-update.ts";
import type { UpdateEnvironmentRequest } from "./requests.ts";
import { environmentStatuses } from "./status.ts";

const refusal = (...input: Parameters<typeof plannedUpdate>) => {
  try {
    plannedUpdate(...input);
  } catch (error) {
    return error as Error;
  }
  throw new Error("The update was planned.");
};
const names = ({ names: { services } }: Pick<EnvironmentItem, "names">) => Object.values(services);
const rolling: Partial<UpdateEnvironmentRequest> = { EnvironmentClass: "mw1.medium" };

describe("an update without a change", () => {
  it("is legal and touches nothing that runs", () => {
    const { plan, environment } = plannedUpdate({});
    expect(plan).toMatchObject({ changes: [], services: [], retired: [], scaled: [], drain: null, connections: null });
    const { layer, ...before } = plan.before;
    expect(plan.after).toEqual(before);
    expect(plan.layer).toEqual({ kind: "keep", layer });
    expect(effectOf(plan)).toBeNull();
    expect(environment).toMatchObject({ status: "UPDATING", resourceGeneration: 1 });
  });

  it("applies a newer image of the version: every task is replaced, and the plan says why", () => {
    const { plan } = plannedUpdate({}, { pool: { images: { "3.3.1": { image: "hangar/airflow:3.3.1-2" } } } });
    expect(plan.changes).toMatchObject([{ member: "Image", effect: "roll", after: "hangar/airflow:3.3.1-2" }]);
    expect(plan.services.map(({ task }) => task.image)).toEqual(Array(3).fill("hangar/airflow:3.3.1-2"));
    expect(plan.after.image).toBe("hangar/airflow:3.3.1-2");
  });

  it.each([{}, { "3.3.1": { reason: "no Python can run it" } }])(
    "keeps the image where the pool has none of the version any more: %j",
    (images) => {
      const { plan } = plannedUpdate({}, { pool: { images } });
      expect(plan.after.image).toBe(plan.before.image);
      expect(plan.services).toEqual([]);
    },
  );
});

describe("every plan", () => {
  const zones = fc.constantFrom(1, 2);
  type Property = (
    planned: ReturnType<typeof plannedUpdate>,
    request: Partial<UpdateEnvironmentRequest>,
    zones: number,
  ) => void;
  const check = (property: Property) =>
    fc.assert(
      fc.property(anyUpdate, zones, (request, count) =>
        property(plannedUpdate(request, { pool: { zones: count } }), request, count),
      ),
    );
  const record = roomyRecord();

  it("keeps what there was, untouched: a rollback returns to it", () => {
    check(({ plan, environment }) => {
      const { settings, names, image, layer, workers, collapsed } = record;
      expect(plan.before).toEqual({ settings, names, image, layer, workers, collapsed });
      expect(environment).toMatchObject({ settings, names, image, collapsed, retired: [], drains: [] });
    });
  });

  it("that rolls no role has no services, retires none, drains none and leaves the connection limit", () => {
    check(({ plan, environment }) => {
      const rolls = plan.changes.some(({ effect }) => effect === "roll");
      expect(plan.services.length > 0).toBe(rolls);
      expect(environment.resourceGeneration).toBe(rolls ? 2 : 1);
      if (rolls) return;
      expect(plan).toMatchObject({ services: [], retired: [], drain: null, connections: null });
      expect(plan.after.names).toEqual(plan.before.names);
    });
  });

  it("starts the new beside the old: names of new services are new, those they replace are retired, the others stay", () => {
    check(({ plan }) => {
      const fresh = plan.services.map(({ name }) => name);
      expect(fresh.filter((name) => names(record).includes(name))).toEqual([]);
      const gone = new Set(plan.retired);
      expect(gone.size).toBe(fresh.length);
      expect(names(plan.after).toSorted()).toEqual(
        [...names(record).filter((name) => !gone.has(name)), ...fresh].toSorted(),
      );
      for (const service of plan.services) expect(plan.after.names.services[service.role]).toBe(service.name);
      expect({ ...plan.after.names, services: {} }).toEqual({ ...record.names, services: {} });
    });
  });

  it("scales only services that stay, and to another number", () => {
    check(({ plan }) => {
      for (const { service, from, to } of plan.scaled) {
        expect(names(plan.after)).toContain(service);
        expect(names(plan.before)).toContain(service);
        expect(from).not.toBe(to);
      }
    });
  });

  it("ends with as many tasks of each role as the settings ask for; in one zone one of those that wait for a failure", () => {
    check(({ plan }, _, count) => {
      const { minWorkers, maxWorkers, schedulers, minWebservers } = plan.after.settings;
      const wanted = { worker: minWorkers, scheduler: count > 1 ? schedulers : 1, web: count > 1 ? minWebservers : 1 };
      const running = { worker: 2, scheduler: count > 1 ? 3 : 1, web: count > 1 ? 2 : 1 };
      for (const role of taskRoles) {
        const made = plan.services.find((service) => service.role === role)?.desiredCount;
        const scaled = plan.scaled.find(({ service }) => service === record.names.services[role])?.to;
        // as many workers as the load had called for; one that may be at work is never taken away by lower limits
        const workers = Math.max(running.worker, wanted.worker);
        const kept = role !== "worker" ? wanted[role] : made === undefined ? workers : Math.min(workers, maxWorkers);
        expect(made ?? scaled ?? running[role], role).toBe(kept);
      }
    });
  });

  it("of members no task reads leaves every task alone", () => {
    const some = anyUpdate.map((request) =>
      Object.fromEntries(
        Object.entries(request).filter(([name]) => (recordMembers as readonly string[]).includes(name)),
      ),
    );
    fc.assert(
      fc.property(some, zones, (request, count) => {
        const { plan } = plannedUpdate(request, { pool: { zones: count } });
        expect(plan).toMatchObject({ services: [], scaled: [], retired: [], drain: null, connections: null });
        expect([null, "record"]).toContain(effectOf(plan));
      }),
    );
  });

  it("lets workers finish their tasks exactly where the caller said GRACEFUL and workers are replaced", () => {
    check(({ plan, environment }, { WorkerReplacementStrategy: asked = "FORCED" }) => {
      expect(environment.lastUpdate.workerReplacementStrategy).toBe(asked);
      const drains = asked === "GRACEFUL" && plan.services.some(({ role }) => role === "worker");
      expect(plan.drain).toEqual(drains ? { service: record.names.services.worker, generation: 1 } : null);
    });
  });

  it("shows no value of an option, nor does the record", () => {
    const request = { AirflowConfigurationOptions: { "smtp.smtp_password": "hunter2" } };
    const { environment, operation } = plannedUpdate(request);
    expect(JSON.stringify([environment, operation])).not.toContain("hunter2");
  });
});

describe("names of services", () => {
  it("are never used twice, whatever is updated and however each update ends", () => {
    const classes = fc.constantFrom("mw1.small", "mw1.medium", "mw1.large");
    const steps = fc.array(fc.tuple(classes, fc.constantFrom("committed", "rolledBack")), { maxLength: 12 });
    fc.assert(
      fc.property(steps, (history) => {
        let record = roomyRecord();
        const used = new Set(names(record));
        for (const [EnvironmentClass, end] of history) {
          const { environment, operation, plan } = plannedUpdate({ EnvironmentClass }, { record });
          for (const { name } of plan.services) {
            expect(used).not.toContain(name);
            used.add(name);
          }
          record =
            end === "committed"
              ? committed(environment, operation, 1)!
              : settled(environment, operation, "rolledBack", 1);
        }
      }),
    );
  });
});

describe("the connection limit", () => {
  it("changes with the class, and is set back by an update that sets the class back", () => {
    const { plan, environment, operation } = plannedUpdate(rolling);
    expect(plan.connections).toEqual({ from: 100, to: 150 });
    const after = committed(environment, operation, 1)!;
    expect(plannedUpdate({ EnvironmentClass: "mw1.small" }, { record: after }).plan.connections).toEqual({
      from: 150,
      to: 100,
    });
  });
});

describe("an update is refused", () => {
  it.each<[Partial<UpdateEnvironmentRequest>, string, string]>([
    [{ EnvironmentClass: "mw1.huge" }, "UnknownEnvironmentClass", "mw1.huge"],
    [{ MaxWorkers: 51 }, "WorkerLimits", "MaxWorkers is 51"],
    [{ MaxWorkers: 1 }, "WorkerLimits", "MinWorkers (2) is greater than MaxWorkers (1)"],
    [{ EnvironmentClass: "mw1.micro" }, "WorkerLimits", "mw1.micro allows exactly 1"],
    [{ AirflowConfigurationOptions: { "core.multi_team": "x" } }, "InvalidRequest", "cannot set core.multi_team"],
    [{ SourceBucketArn: "arn:aws:s3:::hangar-control" }, "SourceBucketReserved", "Hangar's own bucket"],
    [{ PluginsS3Path: null, PluginsS3ObjectVersion: "v2" }, "InvalidRequest", "without PluginsS3Path"],
  ])("for %j", (request, name, text) => {
    expect(refusal(request)).toMatchObject({ name, message: expect.stringContaining(text) });
  });

  it("for a source bucket that would be refused at create", () => {
    const SourceBucketArn = "arn:aws:s3:::other";
    const bucket = { exists: true, versioned: false, publicAccessBlocked: true };
    expect(refusal({ SourceBucketArn }, { bucket }).name).toBe("SourceBucketNotVersioned");
  });

  it("but not for naming the version it has", () => {
    expect(plannedUpdate({ AirflowVersion: "3.3.1" }).plan.changes).toEqual([]);
  });

  it.each(environmentStatuses.filter((status) => status !== "AVAILABLE" && status !== "UPDATE_FAILED"))(
    "while %s: busy ones are told to wait in MWAA's words, broken ones what to do instead",
    (status) => {
      const operationId = status.endsWith("ING") ? "o".repeat(26) : null;
      const error = refusal({}, { record: recordIn(status, { operationId }) });
      expect(error.name).toBe(operationId === null ? "EnvironmentUnusable" : "EnvironmentBusy");
      if (operationId !== null)
        expect(error.message).toContain(
          `Environments with ${status} status must complete previous operation before initiating a new operation`,
        );
    },
  );

  it("in this order: its state, its bucket, its options, its sizes", () => {
    const bad: Partial<UpdateEnvironmentRequest> = {
      SourceBucketArn: "arn:aws:s3:::hangar-control",
      AirflowConfigurationOptions: { "core.multi_team": "x" },
      MaxWorkers: 51,
    };
    const order: string[] = [];
    const members: (keyof UpdateEnvironmentRequest)[] = ["SourceBucketArn", "AirflowConfigurationOptions"];
    order.push(refusal(bad, { record: recordIn("CREATE_FAILED") }).name);
    const left: Record<string, unknown> = { ...bad };
    for (const member of members) {
      order.push(refusal(left).name);
      delete left[member];
    }
    order.push(refusal(left).name);
    expect(order).toEqual(["EnvironmentUnusable", "SourceBucketReserved", "InvalidRequest", "WorkerLimits"]);
  });
});

describe("the operation of an update", () => {
  it("points to the record and the record to it; an update that failed can be followed by another", () => {
    for (const status of ["AVAILABLE", "UPDATE_FAILED"] as const) {
      const record = roomyRecord({ status, generation: 7 });
      const { environment, operation } = plannedUpdate({ MaxWorkers: 4 }, { record });
      expect(environment).toMatchObject({
        status: "UPDATING",
        generation: 8,
        operationId: operation.operationId,
        operationKind: "update-environment",
        lastUpdate: { status: "PENDING" },
      });
      expect(operation).toMatchObject({ kind: "update-environment", environmentId: record.environmentId, attempt: 1 });
    }
  });

  it("polls as the pool says", () => {
    expect(plannedUpdate({}).plan.pollSeconds).toBe(testPool.pollSeconds);
  });
});
