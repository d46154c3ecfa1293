// Updates of plugins, requirements and startup script, as a user asks for them; under mischief: update-environment.test.ts.
import { describe, expect, it } from "vitest";
import { runLadder } from "./testing/run-ladder.ts";
import { askToCreate, askToUpdate, emptyWorld } from "./testing/requests.ts";

const requirements = { RequirementsS3Path: "requirements.txt" };

async function available() {
  const world = emptyWorld();
  world.sourceBuckets.upload("my-dags", "requirements.txt", "pendulum");
  await askToCreate(world);
  await runLadder(world, "first");
  const update = async (request: Parameters<typeof askToUpdate>[1]) => {
    await askToUpdate(world, request);
    const { end } = await runLadder(world, "first");
    return { end, environment: (await world.environments.get("first"))! };
  };
  const keys = () =>
    [...world.containers.services.values()].map(({ spec }) => spec.task.environment["HANGAR_LAYER_KEY"]);
  return { world, update, keys };
}

describe("an update of requirements", () => {
  it("whose builder died can be asked for again, and is built then", async () => {
    const { world, update } = await available();
    world.containers.script.oneOff = { looks: 0, exitCode: 137, reason: "out of memory" };
    const failed = await update(requirements);
    expect(failed).toMatchObject({ end: "RolledBack", environment: { layer: null } });
    expect(failed.environment.lastUpdate.error?.message).toContain("exit code 137");
    world.containers.script.oneOff = { looks: 0, exitCode: 0, reason: "" };
    expect((await update(requirements)).end).toBe("Succeeded");
  });

  it("by null runs without a layer, and one that is there already is not built twice", async () => {
    const { world, update, keys } = await available();
    const { layer } = (await update(requirements)).environment;
    expect(keys()).toEqual(Array(3).fill(layer!.key));
    expect((await update({ RequirementsS3Path: null })).environment.layer).toBeNull();
    expect(keys()).toEqual(Array(3).fill(undefined));
    expect((await update(requirements)).environment.layer).toEqual(layer);
    expect([...world.containers.oneOffs.keys()].filter((token) => token.includes("-layer-"))).toHaveLength(1);
  });

  it("named again takes what was uploaded since, though no setting differs", async () => {
    const { world, update } = await available();
    await update(requirements);
    const versionId = world.sourceBuckets.upload("my-dags", "requirements.txt", "pendulum==3.2");
    const { environment } = await update(requirements);
    expect(environment.layer?.files.requirements?.versionId).toBe(versionId);
    expect((await update(requirements)).environment.resourceGeneration).toBe(environment.resourceGeneration);
  });

  it("of a file that is not there is refused before anything is written, naming the object and its version", async () => {
    const { world } = await available();
    const request = { PluginsS3Path: "plugins.zip", PluginsS3ObjectVersion: "gone" };
    const message = /s3:\/\/my-dags\/plugins\.zip version gone does not exist/;
    await expect(askToUpdate(world, request)).rejects.toThrow(message);
    expect((await world.environments.get("first"))!.status).toBe("AVAILABLE");
  });
});
