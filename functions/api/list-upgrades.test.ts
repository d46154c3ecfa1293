import { describe, expect, it } from "vitest";
import { availableWorld } from "../../state-machines/testing/available.ts";
import { askToUpdate, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { listUpgrades } from "./list-upgrades.ts";

const image = (version: string) => ({ image: `hangar/airflow:${version}` });
const images = { "3.3.1": image("3.3.1"), "3.2.1": image("3.2.1"), "2.11.2": image("2.11.2") };

async function running(airflowVersion: string) {
  const { world } = await availableWorld();
  await askToUpdate(world, { AirflowConfigurationOptions: { "smtp.smtp_password": "hunter2" } });
  await runLadder(world, "first");
  const record = (await world.environments.get("first"))!;
  const older = { ...record, settings: { ...record.settings, airflowVersion } };
  world.environments.items.set("first", older);
  const ports = { ...world.ports, pool: { ...testPool, images } };
  return { world, older, list: () => listUpgrades({ Name: "first" }, ports) };
}

describe("GET /environments/{Name}/upgrades", () => {
  it("names the reachable versions of the pool that answers, and the stored options that change, without values", async () => {
    const { list } = await running("2.11.2");
    const answer = await list();
    const reachable = answer.Upgrades.filter(({ Reachable }) => Reachable);
    expect(reachable.map(({ To }) => To)).toEqual(["3.3.1", "3.2.1"]);
    for (const { Warnings } of reachable)
      expect(Warnings).toMatchObject([{ Option: "smtp.smtp_password", Code: "REMOVED" }]);
    expect(JSON.stringify(answer)).not.toContain("hunter2");
  });

  it("counts the snapshots of the record until their time is over, and changes nothing", async () => {
    const { world, older, list } = await running("3.3.1");
    const snapshot = {
      ...{ name: "hangar_e1", role: "hangar_e1", airflowVersion: "2.11.2", createdAt: 0, operationId: "o" },
      expiresAt: world.clock.now() + 1000,
    };
    world.environments.items.set("first", { ...older, snapshots: [snapshot] });
    const before = JSON.stringify(await world.environments.get("first"));
    const down = async () => (await list()).Upgrades.find(({ To }) => To === "2.11.2")!.Reachable;
    expect(await down()).toBe(true);
    world.clock.advance(1000);
    expect(await down()).toBe(false);
    expect(JSON.stringify(await world.environments.get("first"))).toBe(before);
  });

  it("refuses an environment that is not there", async () => {
    const { world } = await availableWorld();
    const asked = listUpgrades({ Name: "second" }, { ...world.ports, pool: testPool });
    await expect(asked).rejects.toMatchObject({ name: "EnvironmentNotFound" });
  });
});
