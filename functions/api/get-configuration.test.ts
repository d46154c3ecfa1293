import { describe, expect, it } from "vitest";
import { availableWorld } from "../../state-machines/testing/available.ts";
import { askToUpdate } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { getConfiguration } from "./get-configuration.ts";

const options = { "smtp.smtp_password": "hunter2", "core.parallelism": "8", "core.executor": "LocalExecutor" };

async function configured() {
  const { world } = await availableWorld();
  await askToUpdate(world, { AirflowConfigurationOptions: options });
  await runLadder(world, "first");
  return world;
}

describe("GET /environments/{Name}/configuration", () => {
  it("shows the options of the record, secrets masked, with their warnings", async () => {
    const world = await configured();
    const answer = await getConfiguration({ Name: "first" }, world.ports);
    expect(answer.Options.map(({ Name, Value }) => `${Name} ${Value}`)).toEqual([
      "core.executor LocalExecutor",
      "core.parallelism 8",
      "smtp.smtp_password ***",
    ]);
    expect(answer.Warnings.map(({ Option, Code }) => `${Option} ${Code}`)).toEqual([
      "smtp.smtp_password REMOVED",
      "core.executor OVERRIDDEN",
    ]);
    expect(JSON.stringify(answer)).not.toContain("hunter2");
  });

  it("explains one option, set or not, without its secret", async () => {
    const world = await configured();
    const secret = await getConfiguration({ Name: "first", Option: "smtp.smtp_password" }, world.ports);
    expect(secret).toMatchObject({ Options: [{ Value: "***" }], Explanation: { Value: "***", Sensitive: true } });
    const other = await getConfiguration({ Name: "first", Option: "core.unit_test_mode" }, world.ports);
    expect(other).toMatchObject({ Options: [], Warnings: [], Explanation: { Value: null, Code: "KNOWN" } });
    expect(JSON.stringify([secret, other])).not.toContain("hunter2");
  });

  it("is empty for an environment without options, and refuses one that is not there", async () => {
    const { world } = await availableWorld();
    expect(await getConfiguration({ Name: "first" }, world.ports)).toMatchObject({ Options: [], Warnings: [] });
    await expect(getConfiguration({ Name: "second" }, world.ports)).rejects.toMatchObject({
      name: "EnvironmentNotFound",
    });
  });
});
