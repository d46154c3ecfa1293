import { describe, expect, it } from "vitest";
import { queueHandler, scheduleHandler } from "./event-handler.ts";

const context = { awsRequestId: "request-1" };
const batch = (...bodies: string[]) =>
  ({ Records: bodies.map((body, at) => ({ messageId: `m${at}`, body })) }) as never;

describe("the queue door", () => {
  it("hands a whole batch over at once: one listing serves all its uploads", async () => {
    const seen: (readonly string[])[] = [];
    const handler = queueHandler(
      async (bodies) => void seen.push(bodies),
      () => ({}),
    );
    expect(await handler(batch("a", "b"), context)).toEqual({ batchItemFailures: [] });
    expect(seen).toEqual([["a", "b"]]);
  });

  it("reports every message of a batch that failed, so that none is lost, and does not throw", async () => {
    const handler = queueHandler(
      async () => {
        throw new Error("throttled");
      },
      () => ({}),
    );
    expect(await handler(batch("a", "b"), context)).toEqual({
      batchItemFailures: [{ itemIdentifier: "m0" }, { itemIdentifier: "m1" }],
    });
  });

  it("reports the batch also when its ports cannot be made: a deployment fault loses no message", async () => {
    const handler = queueHandler(
      async () => {},
      () => {
        throw new Error("HANGAR_TABLE is missing");
      },
    );
    expect((await handler(batch("a"), context)).batchItemFailures).toHaveLength(1);
  });
});

describe("the schedule door", () => {
  it("lets a failure through, so that Lambda counts and repeats it", async () => {
    const failing = scheduleHandler(
      async () => {
        throw new Error("throttled");
      },
      () => ({}),
    );
    await expect(failing({}, context)).rejects.toThrow("throttled");
    await expect(
      scheduleHandler(
        async () => {},
        () => ({}),
      )({}, context),
    ).resolves.toBeUndefined();
  });
});
