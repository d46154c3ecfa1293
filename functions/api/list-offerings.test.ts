import { describe, expect, it } from "vitest";
import { defaultAirflowVersion } from "../../shared/domain/offerings.ts";
import { testPool } from "../../state-machines/testing/requests.ts";
import { listOfferings } from "./list-offerings.ts";

describe("the offerings", () => {
  it("are those of the pool that answers: what has no image there is shown as not creatable, with the reason", async () => {
    const creatable = async (images: typeof testPool.images) =>
      (await listOfferings({}, { clock: { now: () => 0 }, pool: { ...testPool, images } })).AirflowVersions.filter(
        ({ Creatable, Reason }) => Creatable || Reason === undefined,
      ).map(({ Version }) => Version);
    expect(await creatable({ [defaultAirflowVersion]: { image: "any" } })).toEqual([defaultAirflowVersion]);
    expect(await creatable({})).toEqual([]);
  });
});
