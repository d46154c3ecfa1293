import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { airflowOfferings } from "./offerings.ts";
import { compareVersions, type UpgradeFloor, upgradePath, upgradePaths } from "./upgrade-path.ts";

const versions = airflowOfferings.map(({ version }) => version);
const images = Object.fromEntries(versions.map((version) => [version, { image: `hangar/airflow:${version}` }]));
const floor: UpgradeFloor = { images, snapshots: [] };
const told = (from: string, to: string, on: UpgradeFloor = floor) => {
  const path = upgradePath(from, to, on);
  return path.kind === "refused" ? path.reason : path.hops.map((hop) => `${hop.from} ${hop.how} ${hop.to}`).join(", ");
};

describe("the way to another version", () => {
  it.each([
    ["2.10.3", "2.11.2", "2.10.3 migrate 2.11.2"],
    ["2.10.3", "3.3.1", "2.10.3 migrate 2.11.2, 2.11.2 migrate 3.3.1"],
    ["2.10.3", "3.2.1", "2.10.3 migrate 2.11.2, 2.11.2 migrate 3.2.1"],
    ["2.11.2", "3.2.1", "2.11.2 migrate 3.2.1"],
    ["2.11.2", "3.3.1", "2.11.2 migrate 3.3.1"],
    ["2.11.0", "3.3.1", "2.11.0 migrate 3.3.1"],
    ["3.0.6", "3.3.1", "3.0.6 migrate 3.3.1"],
    ["3.2.1", "3.3.1", "3.2.1 migrate 3.3.1"],
  ])("%s to %s: %s", (from, to, hops) => expect(told(from, to)).toBe(hops));

  it.each([
    ["3.3.1", "3.3.1", "runs 3.3.1 already"],
    ["2.11.2", "3.0.6", "kombu 5.5"],
    ["2.11.2", "3.9.9", "is not offered. Choose one of: 3.3.1, 3.2.1, 2.11.2, 2.10.3."],
    ["2.6.3", "3.3.1", "2.6.3 is too old. Create a new environment"],
    ["3.3.1", "2.11.2", "no snapshot taken on 2.11.2 is kept"],
    ["3.3.1", "3.2.1", "3.2.1 cannot read a database of 3.3.1"],
  ])("%s to %s is refused: %s", (from, to, reason) => expect(told(from, to)).toContain(reason));

  it("down is a restore of a snapshot, in one hop whatever lies between, and says what is lost", () => {
    const on = { images, snapshots: ["2.11.2", "2.10.3"] };
    expect(told("3.3.1", "2.11.2", on)).toBe("3.3.1 restore 2.11.2");
    expect(told("3.3.1", "2.10.3", on)).toBe("3.3.1 restore 2.10.3");
    expect(upgradePath("3.3.1", "2.11.2", on)).toMatchObject({
      hops: [{ reason: expect.stringContaining("what was written since is lost") }],
    });
  });

  it("is refused with the pool's own reason where the target, the snapshot's version or the stepping stone cannot run", () => {
    const reason = "there is no Python 3.12 on this machine.";
    const without = (version: string) => ({ images: { ...images, [version]: { reason } }, snapshots: [version] });
    expect(told("2.11.2", "3.3.1", without("3.3.1"))).toBe(
      "3.3.1 cannot be upgraded to: there is no Python 3.12 on this machine.",
    );
    expect(told("3.3.1", "2.11.2", without("2.11.2"))).toContain("cannot be restored: there is no Python 3.12");
    expect(told("2.10.3", "3.3.1", without("2.11.2"))).toContain("no version of 2.11 runs here to step on");
  });
});

describe("every path", () => {
  it("begins and ends where it was asked to, each hop a step up unless it is a restore, and crosses to 3 from 2.11 only", () => {
    const any = fc.constantFrom(...versions);
    fc.assert(
      fc.property(any, fc.subarray(versions), fc.subarray(versions), (from, here, snapshots) => {
        const some = Object.fromEntries(Object.entries(images).filter(([version]) => here.includes(version)));
        for (const path of upgradePaths(from, { images: some, snapshots })) {
          if (path.kind === "refused") {
            expect(path.reason).toMatch(/[.]$/);
            continue;
          }
          expect(path.hops[0]!.from).toBe(from);
          expect(path.hops.at(-1)!.to).toBe(path.to);
          for (const [at, hop] of path.hops.entries()) {
            if (at > 0) expect(hop.from).toBe(path.hops[at - 1]!.to);
            expect(here).toContain(hop.to);
            expect(compareVersions(hop.to, hop.from) > 0).toBe(hop.how === "migrate");
            if (hop.how === "restore") expect(snapshots).toContain(hop.to);
            if (hop.from.startsWith("2.") && hop.to.startsWith("3.")) expect(hop.from).toMatch(/^2\.11\./);
          }
        }
      }),
    );
  });

  it("compares numbers as numbers", () => {
    expect(["3.0.6", "2.9.2", "2.10.3", "2.11.2"].toSorted(compareVersions)).toEqual([
      ...["2.9.2", "2.10.3", "2.11.2", "3.0.6"],
    ]);
  });
});
