// The real command, in a process of its own, against a stub of the API: where an environment's Airflow version can go.
import { describe, expect, it } from "vitest";
import { stubRegionOfFile } from "../testing/stub-region.ts";

const region = await stubRegionOfFile();

const Message = "Airflow 2.10.3 reached its end of life on 2026-04-22.";
const upgrades = {
  AirflowVersion: "2.10.3",
  Support: { State: "ENDED", EndsUpstream: "2026-04-22", Message },
  Upgrades: [
    {
      To: "3.3.1",
      Reachable: true,
      Hops: [
        { From: "2.10.3", To: "2.11.2", How: "MIGRATE", Reason: "A copy is migrated." },
        { From: "2.11.2", To: "3.3.1", How: "MIGRATE", Reason: "Airflow 3 is reached from 2.11 only." },
      ],
      ReleasedUpstream: "2026-08-12",
      OfferedByMwaaSince: "2026-09-01",
      Warnings: [{ Option: "smtp.smtp_host", Code: "REMOVED", Message: "Airflow 3.3.1 has no smtp.smtp_host." }],
    },
    {
      To: "3.0.6",
      Reachable: false,
      Reason: "It stalls on SQS.",
      Hops: [],
      ReleasedUpstream: "2025-08-29",
      OfferedByMwaaSince: "2025-10-01",
      Warnings: [],
    },
  ],
};

describe("hangar upgrade list", () => {
  it("prints the way to each version, or why there is none; options that change on stderr; with --json what the API answers", async () => {
    region.serve({ "GET /environments/first/upgrades": () => ({ body: upgrades }) });
    const { code, stdout, stderr } = await region.hangar(["upgrade", "list", "first"]);
    expect([code, stdout.split("\n")]).toEqual([
      0,
      [
        "AIRFLOW\tRELEASED\tWAY\tNOTE",
        "3.3.1\t2026-08-12\t2.10.3 > 2.11.2 > 3.3.1\t2 upgrades, 2.11.2 first. A copy is migrated.",
        "3.0.6\t2025-08-29\tno way\tIt stalls on SQS.",
        "",
      ],
    ]);
    expect(stderr).toContain("warning: Airflow 3.3.1 has no smtp.smtp_host.");
    expect(stderr).toContain(`warning: ${Message}`);
    const asJson = await region.hangar(["upgrade", "list", "first", "--json"]);
    expect(JSON.parse(asJson.stdout)).toEqual(upgrades);
    expect(asJson.stderr).toBe("");
  });
});
