// An upgrade during which one call at one port fails: before its work or after it, forward or on the way back.
import { describe, expect, it } from "vitest";
import type { MemoryWorld, PortMethod } from "../shared/testing/memory-world.ts";
import { type Upgraded, upgraded } from "./testing/upgrades.ts";
import { expectAsBefore, expectEither } from "./testing/upgrade-ends.ts";

const lateFailure = { CheckCanary: "fails" } as const;

/** A connection that is lost: what a step meets when a server is restarted under it. */
const lost = () => Object.assign(new Error("connection reset"), { code: "ECONNRESET" });

/** Does something when the record is next written with this status. */
function whenShown(world: MemoryWorld, status: string, then: () => void) {
  const { items } = world.environments;
  const put = items.set.bind(items);
  let shown = false;
  items.set = (name, item) => {
    if (!shown && item.status === status) {
      shown = true;
      then();
    }
    return put(name, item);
  };
}

/** Of the world: not of the operation's own item, and none that only says whose eyes are looked through. */
const methodsOf = (calls: readonly string[]) =>
  [...new Set(calls)].filter(
    (method) => !/^(operations|workflows|operationOutcomes)\.|\.as$/.test(method),
  ) as PortMethod[];

let began = 0;
const forward = await upgraded({}, ({ calls }) => {
  began = calls.length;
});
const forwardMethods = methodsOf(forward.world.calls.slice(began));
const back = await upgraded(lateFailure, (world) =>
  whenShown(world, "ROLLING_BACK", () => {
    began = world.calls.length;
  }),
);
const backMethods = methodsOf(back.world.calls.slice(began));

describe.each(["before", "after"] as const)("a connection lost once, %s the work of", (when) => {
  it.each(forwardMethods)("%s: the new version or the old one, never half", async (method) => {
    const done = await upgraded({}, (world) => {
      const strike = () => world.fail(method, lost(), 1, when);
      // the first to read the record is this test
      if (method === "environments.get") whenShown(world, "UPDATING", strike);
      else strike();
    });
    expectEither(done);
  });

  it.each(backMethods)("%s on the way back: everything is as before", async (method) => {
    const done: Upgraded = await upgraded(lateFailure, (world) =>
      whenShown(world, "ROLLING_BACK", () => world.fail(method, lost(), 1, when)),
    );
    expect(done.run.end).toBe("RolledBack");
    expectAsBefore(done);
  });
});
