import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { airflowOfferings, defaultAirflowVersion } from "./offerings.ts";
import { supportOf, supportStates, supportView } from "./version-support.ts";

const at = (date: string) => Date.parse(date);

describe("support of an Airflow version", () => {
  it.each([
    ["2.11.2", "2026-01-21", "SUPPORTED"],
    ["2.11.2", "2026-01-22", "ENDING"],
    ["2.11.2", "2026-04-21", "ENDING"],
    ["2.11.2", "2026-04-22", "ENDED"],
    ["2.10.3", "2027-01-01", "ENDED"],
    ["3.3.1", "2036-01-01", "SUPPORTED"],
  ])("of %s on %s is %s: ninety days before the end it is said", (version, date, state) => {
    expect(supportOf(version, at(date))).toMatchObject({ state });
  });

  it("says when, what that means, and the command that helps", () => {
    expect(supportOf("2.11.2", at("2026-04-12"), "first").message).toBe(
      `Airflow 2.11.2 reaches its end of life on 2026-04-22, in 10 days; then it gets no fixes any more. Bring it to Airflow ${defaultAirflowVersion}: npx hangar upgrade list first shows the way.`,
    );
    expect(supportOf("2.11.2", at("2026-11-24")).message).toContain("reached its end of life on 2026-04-22");
  });

  it("says nothing where there is nothing to be said, and only goes from good to bad", () => {
    const time = fc.integer({ min: at("2024-01-01"), max: at("2040-01-01") });
    const version = fc.constantFrom(...airflowOfferings.map((one) => one.version));
    fc.assert(
      fc.property(version, time, time, (one, a, b) => {
        const [before, after] = [supportOf(one, Math.min(a, b)), supportOf(one, Math.max(a, b))];
        expect(supportStates.indexOf(before.state)).toBeLessThanOrEqual(supportStates.indexOf(after.state));
        expect(after.message === null).toBe(after.state === "SUPPORTED");
      }),
    );
  });

  it("names the day until which MWAA promises a version, twelve months from when it came", () => {
    expect(supportOf("2.10.3", 0).mwaaAtLeastUntil).toBe("2025-12-18");
    const leap = [{ version: "2.9.9", offeredSince: "2024-02-29" }];
    expect(supportOf("2.9.9", 0, undefined, leap).mwaaAtLeastUntil).toBe("2025-02-28");
    expect(supportOf("2.8.8", 0).mwaaAtLeastUntil).toBeNull();
  });

  it("shows no message where there is none", () => {
    expect(supportView(supportOf("3.3.1", 0))).toEqual({
      State: "SUPPORTED",
      LimitedSince: null,
      EndsUpstream: null,
      MwaaAtLeastUntil: "2027-09-01",
    });
  });
});
