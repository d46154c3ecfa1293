import { describe, expect, it } from "vitest";
import { recordOn } from "../testing/planned-upgrade.ts";
import { endingServices } from "./ending-services.ts";
import { serviceName, taskRoles } from "./names.ts";

const { environmentId } = recordOn("2.11.2");
const ending = (resourceGeneration: number, retired: readonly string[] = []) =>
  endingServices(recordOn("2.11.2", { resourceGeneration, retired }));
const named = (generation: number) => taskRoles.map((role) => serviceName(environmentId, role, generation));

describe("services of before whose tasks may still end", () => {
  it("are never those that are live: their tasks are told apart by the plan", () => expect(ending(1)).toEqual([]));

  it("are all the record still lists, and those of the last four generations, each with its role", () => {
    const listed = serviceName(environmentId, "worker", 1);
    const found = ending(9, [listed, named(9)[0]!]);
    expect(found.map(({ service }) => service).toSorted()).toEqual(
      [...named(6), ...named(7), ...named(8), ...named(9)].toSorted(),
    );
    for (const { service, role } of found) expect(service).toContain(`-${role}-g`);
  });

  it("whose names say nothing are waited for as workers are", () => {
    expect(ending(1, ["left-over"])).toEqual([{ service: "left-over", role: "worker" }]);
  });
});
