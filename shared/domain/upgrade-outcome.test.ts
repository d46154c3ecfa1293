import { describe, expect, it } from "vitest";
import { plannedUpgrade, recordOn } from "../testing/planned-upgrade.ts";
import type { EnvironmentItem, OperationItem } from "./items.ts";
import type { Snapshot } from "./snapshot-item.ts";
import { committed, settled } from "./outcome.ts";

const { environment, operation, plan } = plannedUpgrade({}, { record: recordOn("2.11.2", { retired: ["left-over"] }) });
const running: EnvironmentItem = {
  ...environment,
  pause: { id: operation.operationId, generation: 1 },
  drains: [{ id: operation.operationId, role: "worker", generation: 1 }],
};
const layer = { key: "l-new", files: {} };
const done: OperationItem = {
  ...operation,
  journal: { "run:build-layer": { startedAt: 1, endedAt: 2, output: layer } },
};
const now = 1_000_000;

describe("the commit of an upgrade", () => {
  it("names the new generation in one write: version, databases, queue, services, image, layer", () => {
    const after = committed(running, done, now)!;
    expect(after).toMatchObject({
      ...{ status: "AVAILABLE", operationId: null, operationKind: null, generation: running.generation + 1 },
      settings: { ...environment.settings, airflowVersion: "3.3.1" },
      names: plan.after.names,
      image: "hangar/airflow:3.3.1",
      layer,
      workers: plan.after.workers,
      lastUpdate: { status: "SUCCESS", createdAt: now },
    });
  });

  it("ends pause and drains: the new generation may schedule from the moment it is the live one", () => {
    expect(committed(running, done, now)).toMatchObject({ pause: null, drains: [] });
  });

  it("keeps the database it was copied from as a snapshot for a week, the newest first", () => {
    const older: Snapshot = {
      ...{ name: "hangar_older", role: "hangar_older", airflowVersion: "2.10.3" },
      ...{ createdAt: 1, expiresAt: 2, operationId: "x" },
    };
    expect(committed({ ...running, snapshots: [older] }, done, now)!.snapshots).toEqual([
      {
        ...{ name: environment.names.metadataDatabase, role: environment.names.metadataRole, airflowVersion: "2.11.2" },
        ...{ createdAt: now, expiresAt: now + 7 * 86_400_000, operationId: operation.operationId },
        queue: environment.names.queue,
      },
      older,
    ]);
  });

  it("lists what is to be removed of the old generation, so that none of it is forgotten", () => {
    const after = committed(running, done, now)!;
    expect(after.retired).toEqual(["left-over", ...Object.values(environment.names.services)]);
    expect(after.leftBehind).toEqual([
      {
        queues: [environment.names.queue, `${environment.names.queue}-canary`],
        results: { database: environment.names.celeryDatabase, role: environment.names.celeryRole },
        targetGroup: environment.names.targetGroup,
        tasks: [plan.migration.family, plan.trying.family],
      },
    ]);
  });

  it("says that the new generation is still to be opened: whoever is cut off after it, somebody opens it", () => {
    expect(committed(running, done, now)!.toOpen).toEqual({ operationId: operation.operationId });
  });
});

describe("an upgrade that did not commit", () => {
  const failure = { step: "check-migrated", code: "INCORRECT_CONFIGURATION", message: "the copy is not migrated" };
  const end = (outcome: "rolledBack" | "stuck", status: EnvironmentItem["status"] = "ROLLING_BACK") =>
    settled({ ...running, status }, { ...operation, failure }, outcome, now);

  it("leaves the record as it was, UPDATE_FAILED, with the reason, the version it runs and what to do", () => {
    const record = end("rolledBack");
    const { settings, names, image, layer: old, retired, snapshots } = environment;
    expect(record).toMatchObject({ status: "UPDATE_FAILED", operationId: null, pause: null, drains: [] });
    expect(record).toMatchObject({ settings, names, image, layer: old, retired });
    expect(record.snapshots).toBe(snapshots);
    expect(record.lastUpdate.error!.message).toBe(
      "Step check-migrated failed: the copy is not migrated. The environment runs Airflow 2.11.2 as it did before; correct the cause and try again.",
    );
  });

  it("and got stuck is UNAVAILABLE, and names the operation a person may resume", () => {
    for (const status of ["UPDATING", "CREATING_SNAPSHOT", "ROLLING_BACK"] as const) {
      const record = end("stuck", status);
      expect(record).toMatchObject({ status: "UNAVAILABLE", lastUpdate: { operationId: operation.operationId } });
      expect(record.lastUpdate.error!.message).toContain("needs a person");
    }
  });
});
