// The two ways a layer moves on, the schedule and the event, through the handlers' inner functions.
import { describe, expect, it } from "vitest";
import { askToCreate, emptyWorld, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { offerKey } from "../../shared/domain/layer.ts";
import { layerFilesChanged } from "../events/layer-files-changed.ts";
import { reconcileLayers } from "./reconcile-layers.ts";

/** `broken` reads a bucket that is gone, `first` one with newer requirements than it runs. */
async function twoEnvironments() {
  const world = emptyWorld();
  world.sourceBuckets.upload("my-dags", "requirements.txt", "pendulum");
  for (const Name of ["broken", "first"]) {
    await askToCreate(world, { Name, RequirementsS3Path: "requirements.txt" });
    await runLadder(world, Name);
  }
  const broken = (await world.environments.get("broken"))!;
  const settings = { ...broken.settings, sourceBucketArn: "arn:aws:s3:::gone" };
  world.environments.items.set("broken", { ...broken, settings });
  world.sourceBuckets.upload("my-dags", "requirements.txt", "pendulum==3.2");
  const { names } = (await world.environments.get("first"))!;
  const offered = async () => (await world.controlBucket.getLayerText(names.prefix, offerKey))?.text;
  return { world, ports: { ...world.ports, pool: testPool }, offered };
}
const event = (key: string) => JSON.stringify({ detail: { bucket: { name: "my-dags" }, object: { key } } });

describe("a newer upload", () => {
  it("is built by the schedule, whatever trouble another environment has", async () => {
    const { ports, offered } = await twoEnvironments();
    await reconcileLayers(ports);
    expect(await offered()).toContain('"state":"building"');
  });

  it("is built at its event, whatever trouble another environment has; the batch comes again", async () => {
    const { world, ports, offered } = await twoEnvironments();
    const broken = (await world.environments.get("broken"))!;
    const settings = { ...broken.settings, sourceBucketArn: "arn:aws:s3:::my-dags" };
    world.environments.items.set("broken", { ...broken, settings });
    world.fail("environments.get", new Error("DynamoDB is away"));
    await expect(layerFilesChanged([event("requirements.txt")], ports)).rejects.toThrow("DynamoDB is away");
    expect(await offered()).toContain('"state":"building"');
  });

  it("is built at its event; an event of another file moves nothing", async () => {
    const { ports, offered } = await twoEnvironments();
    const before = await offered();
    await layerFilesChanged([event("other.txt")], ports);
    expect(await offered()).toBe(before);
    await layerFilesChanged([event("requirements.txt")], ports);
    expect(await offered()).toContain('"state":"building"');
  });
});
