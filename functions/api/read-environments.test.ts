import { describe, expect, it } from "vitest";
import { askToCreate, emptyWorld, testPool } from "../../state-machines/testing/requests.ts";
import { recordIn } from "../../shared/testing/planned.ts";
import { getEnvironment } from "./get-environment.ts";
import { listEnvironments } from "./list-environments.ts";

describe("GetEnvironment", () => {
  it("shows the record, with the configuration options as they were given", async () => {
    const world = emptyWorld();
    await askToCreate(world, { AirflowConfigurationOptions: { "core.x": "y" } });
    const { Environment } = await getEnvironment({ Name: "first" }, { ...world.ports, pool: testPool });
    expect(Environment).toMatchObject({
      Name: "first",
      Status: "CREATING",
      AirflowConfigurationOptions: { "core.x": "y" },
    });
  });

  it("answers while the environment is taken down, when its options are gone already", async () => {
    const world = emptyWorld();
    await askToCreate(world, { AirflowConfigurationOptions: { "core.x": "y" } });
    await world.controlBucket.empty((await world.environments.get("first"))!.names.prefix);
    const { Environment } = await getEnvironment({ Name: "first" }, { ...world.ports, pool: testPool });
    expect(Environment).toMatchObject({ Name: "first" });
    expect(Environment).not.toHaveProperty("AirflowConfigurationOptions");
  });

  it("of a name nobody has is not found", async () => {
    const world = emptyWorld();
    await expect(getEnvironment({ Name: "first" }, { ...world.ports, pool: testPool })).rejects.toMatchObject({
      name: "EnvironmentNotFound",
    });
  });

  it("reads nothing else where there are no options", async () => {
    const world = emptyWorld();
    await askToCreate(world);
    const before = world.calls.length;
    await getEnvironment({ Name: "first" }, { ...world.ports, pool: testPool });
    expect(world.calls.slice(before)).toEqual(["environments.get"]);
  });
});

describe("ListEnvironments", () => {
  const names = Array.from({ length: 60 }, (_, at) => `env-${String(at).padStart(2, "0")}`);
  async function many() {
    const world = emptyWorld();
    for (const name of names.toReversed()) await world.environments.create(recordIn("AVAILABLE", { name }));
    return { ...world.ports, pool: testPool };
  }

  it("gives 25 names a page, in order, until there are no more", async () => {
    const ports = await many();
    const pages: string[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await listEnvironments(NextToken === undefined ? {} : { NextToken }, ports);
      pages.push([...page.Environments]);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(pages.map((page) => page.length)).toEqual([25, 25, 10]);
    expect(pages.flat()).toEqual(names);
  });

  it("gives no token with a page that is exactly the last", async () => {
    const ports = await many();
    const { NextToken } = await listEnvironments({ MaxResults: 10 }, ports);
    const fifty = await listEnvironments(
      {
        MaxResults: 25,
        NextToken: (await listEnvironments({ MaxResults: 25, NextToken: NextToken! }, ports)).NextToken!,
      },
      ports,
    );
    expect(fifty.Environments.at(-1)).toBe("env-59");
    expect(fifty).not.toHaveProperty("NextToken");
  });

  it("brings what a list page shows when asked for details, options aside", async () => {
    const ports = await many();
    const { EnvironmentDetails } = await listEnvironments({ Details: true, MaxResults: 2 }, ports);
    expect(EnvironmentDetails).toMatchObject([{ Name: "env-00", Status: "AVAILABLE" }, { Name: "env-01" }]);
    expect(await listEnvironments({ MaxResults: 2 }, ports)).not.toHaveProperty("EnvironmentDetails");
  });

  it("of nothing is an empty list: the member is required", async () => {
    expect(await listEnvironments({}, { ...emptyWorld().ports, pool: testPool })).toEqual({ Environments: [] });
  });

  it("refuses a token it did not make", async () => {
    await expect(
      listEnvironments({ NextToken: "made-up" }, { ...emptyWorld().ports, pool: testPool }),
    ).rejects.toMatchObject({
      name: "InvalidRequest",
    });
  });
});
