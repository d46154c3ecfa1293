import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { recordOn } from "../testing/planned-upgrade.ts";
import { versionFit } from "./gates.ts";
import { airflowOfferings, defaultAirflowVersion, environmentClasses } from "./offerings.ts";
import { offeringsView } from "./offerings-view.ts";
import type { Pool } from "./pool.ts";
import { upgradesView } from "./upgrades-view.ts";

const versions = airflowOfferings.map(({ version }) => version);
const view = (changes: Partial<Pool> = {}) => offeringsView({ ...testPool, ...changes }, Date.UTC(2026, 10, 24));
const stone = versions.find((version) => version.startsWith("2.11."))!;

describe("offered versions", () => {
  const isCreatable = (version: string, pool: Pool) => {
    try {
      versionFit(version, pool);
      return true;
    } catch {
      return false;
    }
  };

  it.each<[string, Pool["images"]]>([
    ["nothing", {}],
    ["what the test pool has", testPool.images],
    ["everything", Object.fromEntries(versions.map((version) => [version, { image: version }]))],
  ])("are creatable exactly where a create would take them, in a pool that has images of %s", (_, images) => {
    const { AirflowVersions } = view({ images });
    expect(AirflowVersions.map(({ Version }) => Version)).toEqual(versions);
    for (const { Version, Creatable, Reason } of AirflowVersions) {
      expect(Creatable, Version).toBe(isCreatable(Version, { ...testPool, images }));
      if (Creatable) expect(Reason).toBeUndefined();
      else expect(Reason).toMatch(/\S/);
    }
  });

  it("say why this machine cannot run one", () => {
    const images = { [defaultAirflowVersion]: { reason: "no Python of this machine can run it" } };
    expect(view({ images }).AirflowVersions.find(({ Default }) => Default)).toMatchObject({
      Version: defaultAirflowVersion,
      Creatable: false,
      Reason: "no Python of this machine can run it",
    });
  });

  it("have one default, and dates in order: nothing was offered before it was released", () => {
    const { AirflowVersions } = view();
    expect(AirflowVersions.filter(({ Default }) => Default)).toHaveLength(1);
    for (const { ReleasedUpstream, OfferedByMwaaSince } of AirflowVersions) {
      expect(ReleasedUpstream).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(ReleasedUpstream < OfferedByMwaaSince).toBe(true);
    }
  });
});

describe("upgrade paths", () => {
  const all = Object.fromEntries(versions.map((version) => [version, { image: version }]));
  const from = (version: string, images: Pool["images"]) =>
    view({ images }).AirflowVersions.find(({ Version }) => Version === version)!.UpgradePaths;

  it("are what an upgrade would be accepted for: upwards only, over 2.11 where Airflow 3 begins, to what can run here", () => {
    expect(from("2.10.3", all)).toEqual([{ To: "3.3.1", Via: [stone] }, { To: "3.2.1", Via: [stone] }, { To: stone }]);
    expect(from(stone, all)).toEqual([{ To: "3.3.1" }, { To: "3.2.1" }]);
    expect(from("3.3.1", all)).toEqual([]);
    expect(from(stone, { "3.3.1": { image: "any" } })).toEqual([{ To: "3.3.1" }]);
  });

  it.each([
    ["everything", all],
    ["what the test pool has", testPool.images],
    ["nothing", {}],
  ] as const)("are those an environment without snapshots is offered, in a pool that has images of %s", (_, images) => {
    for (const { Version, UpgradePaths } of view({ images }).AirflowVersions) {
      const { Upgrades } = upgradesView(recordOn(Version), {}, { images, now: 0 });
      const reachable = Upgrades.filter((upgrade) => upgrade.Reachable).map(({ To }) => To);
      expect(
        UpgradePaths.map(({ To }) => To),
        Version,
      ).toEqual(reachable);
    }
  });
});

describe("offered classes", () => {
  it("are shown with sizes in vCPU and GB, and with list prices where they were confirmed", () => {
    const { EnvironmentClasses } = view();
    expect(EnvironmentClasses.map(({ Name }) => Name)).toEqual(Object.keys(environmentClasses));
    expect(EnvironmentClasses.find(({ Default }) => Default)).toEqual({
      Name: "mw1.small",
      Default: true,
      TasksPerWorker: 5,
      Worker: { Vcpu: 1, MemoryGigabytes: 2 },
      Scheduler: { Vcpu: 1, MemoryGigabytes: 2 },
      Webserver: { Vcpu: 1, MemoryGigabytes: 2 },
      Schedulers: { Least: 2, Most: 5, Default: 2 },
      Webservers: { Least: 2, Most: 5, Default: 2 },
      MaxWorkers: { Most: 50, Default: 10 },
      PricePerHour: {
        Currency: "USD",
        Environment: 0.49,
        AdditionalWorker: 0.055,
        AdditionalScheduler: 0.055,
        AdditionalWebserver: 0.028,
        Basis: "Amazon MWAA list price, us-east-1",
      },
    });
    expect(EnvironmentClasses.find(({ Name }) => Name === "mw1.micro")).toMatchObject({
      Schedulers: { Least: 1, Most: 1, Default: 1 },
      PricePerHour: null,
    });
  });

  it("never promise more workers than the installation's quota", () => {
    const { EnvironmentClasses, Quotas } = view({ quotas: { environments: 3, workers: 7 } });
    for (const { MaxWorkers } of EnvironmentClasses) {
      expect(MaxWorkers.Most).toBeLessThanOrEqual(7);
      expect(MaxWorkers.Default).toBeLessThanOrEqual(MaxWorkers.Most);
    }
    expect(Quotas).toEqual({ Environments: 3, WorkersPerEnvironment: 7 });
  });
});
