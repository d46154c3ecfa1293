import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryWorld } from "../testing/memory-world.ts";
import { recordIn } from "../testing/planned.ts";
import { HangarError } from "../domain/errors.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import { changeEnvironment } from "./change-environment.ts";

let world: ReturnType<typeof createMemoryWorld>;
beforeEach(async () => {
  world = createMemoryWorld({ now: 0 });
  await world.environments.create(recordIn("AVAILABLE", { generation: 3 }));
});
const change = (how: (environment: EnvironmentItem) => Partial<EnvironmentItem> | undefined, environmentId?: string) =>
  changeEnvironment({ name: "first", ...(environmentId ? { environmentId } : {}) }, how, world.ports);
const lostRace = () => new HangarError("ConcurrentChange", "Try again.");
const replaces = () => world.calls.filter((call) => call === "environments.replace").length;

describe("a change of the record", () => {
  it("writes the members given, raises the generation, and answers the record as it is then", async () => {
    const changed = await change(() => ({ tags: { team: "a" } }));
    expect(changed).toMatchObject({ generation: 4, tags: { team: "a" }, status: "AVAILABLE" });
    expect(await world.environments.get("first")).toEqual(changed);
  });

  it("writes nothing where there is nothing to do", async () => {
    expect(await change(() => undefined)).toMatchObject({ generation: 3 });
    expect(replaces()).toBe(0);
  });

  it("that lost its race is made again on what is there now: changes that come together are all kept", async () => {
    const keys = ["a", "b", "c", "d", "e"];
    await Promise.all(keys.map((key) => change(({ tags }) => ({ tags: { ...tags, [key]: "x" } }))));
    const { tags, generation } = (await world.environments.get("first"))!;
    expect(Object.keys(tags).toSorted()).toEqual(keys);
    expect(generation).toBe(8);
    expect(replaces()).toBeGreaterThan(keys.length);
  });

  it("gives up after losing several races: it never writes over another's change, and never waits for ever", async () => {
    world.fail("environments.replace", lostRace(), 1000);
    await expect(change(() => ({ tags: { team: "a" } }))).rejects.toMatchObject({ name: "ConcurrentChange" });
    expect(replaces()).toBe(6);
    expect(await world.environments.get("first")).toMatchObject({ generation: 3, tags: {} });
  });

  it("does not repeat what failed for another reason", async () => {
    world.fail("environments.replace", new Error("throttled"));
    await expect(change(() => ({ tags: { team: "a" } }))).rejects.toThrow("throttled");
    expect(replaces()).toBe(1);
  });

  it("hands a refusal on and writes nothing", async () => {
    const refuse = () => {
      throw new HangarError("InvalidRequest", "No.");
    };
    await expect(change(refuse)).rejects.toMatchObject({ name: "InvalidRequest" });
    expect(replaces()).toBe(0);
  });

  it("meant for an environment that is gone is not made on its namesake", async () => {
    expect(await change(() => ({ tags: { team: "a" } }), "e9999999999")).toBeUndefined();
    expect(await changeEnvironment({ name: "second" }, () => ({}), world.ports)).toBeUndefined();
    expect(replaces()).toBe(0);
    expect(await change(() => ({ tags: { team: "a" } }), recordIn("AVAILABLE").environmentId)).toBeDefined();
  });
});
