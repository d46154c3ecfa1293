import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { optionWarnings } from "./configuration-options.ts";
import type { EnvironmentItem } from "./items.ts";
import type { Snapshot } from "./snapshot-item.ts";
import { airflowOfferings } from "./offerings.ts";
import { optionsOf } from "./option-catalogue.ts";
import { upgradesView } from "./upgrades-view.ts";

const versions = airflowOfferings.map(({ version }) => version);
const images = Object.fromEntries(versions.map((version) => [version, { image: `hangar/airflow:${version}` }]));
const now = Date.UTC(2026, 0, 8);
const snapshot = (airflowVersion: string, expiresAt: number): Snapshot => ({
  ...{ name: "hangar_e1", role: "hangar_e1", airflowVersion, createdAt: 0, expiresAt, operationId: "o" },
});
const view = (from: string, options: Record<string, string> = {}, snapshots?: readonly Snapshot[]) =>
  upgradesView(
    {
      name: "first",
      settings: { airflowVersion: from } as EnvironmentItem["settings"],
      ...(snapshots ? { snapshots } : {}),
    },
    options,
    { images, now },
  );
const to = (found: ReturnType<typeof view>, version: string) => found.Upgrades.find(({ To }) => To === version)!;
const said = (found: ReturnType<typeof view>, version: string) =>
  to(found, version).Warnings.map(({ Option, Code }) => `${Option} ${Code}`);

describe("the versions an environment can be brought to", () => {
  it.each(versions)(
    "from %s are all the others, newest first, each with hops or with a reason, and its dates",
    (from) => {
      const found = view(from);
      expect(found.AirflowVersion).toBe(from);
      expect(found.Upgrades.map(({ To }) => To)).toEqual(versions.filter((version) => version !== from));
      for (const upgrade of found.Upgrades) {
        expect(upgrade.Hops.length > 0, upgrade.To).toBe(upgrade.Reachable);
        expect("Reason" in upgrade, upgrade.To).toBe(!upgrade.Reachable);
        expect(upgrade.ReleasedUpstream).toMatch(/^\d{4}-\d\d-\d\d$/);
      }
    },
  );

  it("show the stepping stone as a hop of its own", () => {
    expect(to(view("2.10.3"), "3.3.1").Hops).toMatchObject([
      { From: "2.10.3", To: "2.11.2", How: "MIGRATE" },
      { From: "2.11.2", To: "3.3.1", How: "MIGRATE" },
    ]);
  });

  it("lie below only while a snapshot taken there is kept: one whose time is over leads nowhere", () => {
    const down = (...snapshots: Snapshot[]) => to(view("3.3.1", {}, snapshots), "2.11.2");
    expect(down().Reachable).toBe(false);
    expect(down(snapshot("2.11.2", now)).Reachable).toBe(false);
    expect(down(snapshot("3.2.1", now + 1)).Reachable).toBe(false);
    expect(down(snapshot("3.2.1", now + 1), snapshot("2.11.2", now + 1))).toMatchObject({
      Reachable: true,
      Hops: [{ From: "3.3.1", To: "2.11.2", How: "RESTORE", Reason: expect.stringContaining("is lost") }],
    });
  });
});

describe("what an upgrade does to configuration options", () => {
  it("is said where one is renamed or removed by it, and not where nothing changes or it was wrong before", () => {
    const options = {
      "core.parallelism": "8",
      "core.paralelism": "8",
      "core.executor": "LocalExecutor",
      "smtp.smtp_password": "hunter2",
      "triggerer.default_capacity": "125",
    };
    const found = view("2.11.2", options);
    expect(said(found, "3.3.1")).toEqual(["smtp.smtp_password REMOVED", "triggerer.default_capacity RENAMED"]);
    expect(said(view("3.2.1", options), "3.3.1")).toEqual([]);
    expect(said(view("3.3.1", { "api.workers": "4" }), "2.11.2"), "not reachable").toEqual([]);
    expect(JSON.stringify(found)).not.toContain("hunter2");
  });

  it("is never silent about an option that counts today and does nothing on the target", () => {
    const useless = ["REMOVED", "UNKNOWN"];
    const codeOf = (version: string, option: string) => optionWarnings(version, { [option]: "x" })[0]?.code ?? "";
    fc.assert(
      fc.property(fc.constantFrom("2.10.3", "2.11.2", "3.2.1"), fc.nat(), (from, at) => {
        const names = optionsOf(from);
        const option = names[at % names.length]!;
        for (const upgrade of view(from, { [option]: "x" }).Upgrades.filter(({ Reachable }) => Reachable)) {
          const lost = useless.includes(codeOf(upgrade.To, option)) && !useless.includes(codeOf(from, option));
          if (lost) expect(upgrade.Warnings, `${option} ${from} ${upgrade.To}`).toHaveLength(1);
        }
      }),
      { numRuns: 300 },
    );
  });
});
