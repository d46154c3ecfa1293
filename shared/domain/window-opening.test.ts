import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { recordIn } from "../testing/planned.ts";
import { windowSeconds } from "./maintenance-window.ts";
import type { EnvironmentItem } from "./items.ts";
import type { PendingUpdate } from "./pending-update.ts";
import { environmentStatuses } from "./status.ts";
import { decideOpening, wantsPatch } from "./window-opening.ts";

const sunday = Date.UTC(2026, 0, 4, 3);
const minute = 60_000;
const pending = (more: Partial<PendingUpdate> = {}): PendingUpdate => ({
  ...{ id: "1", request: {}, requestHash: "", caller: "arn:a", requestedAt: 0, expectedSeconds: 600 },
  ...{ mayOverrun: false, waitsFor: "window", ...more },
});
const record = (changes: Partial<EnvironmentItem> = {}, status: EnvironmentItem["status"] = "AVAILABLE") => {
  const made = recordIn(status, changes);
  return { ...made, settings: { ...made.settings, weeklyMaintenanceWindowStart: "SUN:03:00" } };
};
const none = { patch: null };

describe("what maintenance does next", () => {
  it.each<[string, EnvironmentItem, { patch: number | null; pending?: number }, number, object]>([
    ["nothing where nothing waits", record(), none, sunday, { act: "nothing" }],
    ["nothing before the window", record({ pending: pending() }), none, sunday - 1, { act: "nothing" }],
    [
      "what was asked for, in the window",
      record({ pending: pending() }),
      none,
      sunday,
      { act: "open", pending: { id: "1" } },
    ],
    ["the patch where nothing else waits", record(), { patch: 600 }, sunday, { act: "open", pending: null }],
    ["what people ask for first", record({ pending: pending() }), { patch: 1 }, sunday, { pending: { id: "1" } }],
    [
      "the patch, where what was asked for takes longer by now than is left",
      record({ pending: pending() }),
      { patch: 1, pending: 9000 },
      sunday,
      { act: "open", pending: null },
    ],
    [
      "a queued update at once, before anything else",
      record({ pending: pending({ waitsFor: "maintenance" }) }),
      { patch: 1 },
      sunday + 86_400_000,
      { act: "startQueued", pending: { id: "1" } },
    ],
    [
      "nothing while an operation is in flight",
      record({ pending: pending({ waitsFor: "maintenance" }) }, "MAINTENANCE"),
      none,
      sunday,
      { act: "nothing", reason: "the environment is MAINTENANCE" },
    ],
    [
      "nothing until an upgrade has opened the environment again",
      record({ pending: pending({ waitsFor: "maintenance" }), toOpen: { operationId: "o" } }),
      { patch: 1 },
      sunday,
      { act: "nothing", reason: expect.stringContaining("upgrade") },
    ],
  ])("is %s", (_, environment, expected, now, decision) => {
    expect(decideOpening(environment, expected, now)).toMatchObject(decision);
  });

  it("never begins anything outside a window, in one used before, or while the environment takes no update", () => {
    const any = fc.record({
      status: fc.constantFrom(...environmentStatuses),
      at: fc.integer({ min: -5, max: 12_000 }),
      waits: fc.boolean(),
      expectedSeconds: fc.integer({ min: 1, max: 9000 }),
      mayOverrun: fc.boolean(),
      isUsed: fc.boolean(),
      patch: fc.option(fc.integer({ min: 1, max: 9000 })),
    });
    fc.assert(
      fc.property(any, ({ status, at, waits, expectedSeconds, mayOverrun, isUsed, patch }) => {
        const now = sunday + at * minute;
        const used = { id: new Date(sunday).toISOString(), startsAt: sunday, endsAt: sunday + windowSeconds * 1000 };
        const changes = {
          ...(waits ? { pending: pending({ expectedSeconds, mayOverrun }) } : {}),
          ...(isUsed ? { windows: { opened: used, skipped: null, deferred: null } } : {}),
        };
        const opening = decideOpening(record(changes, status), { patch }, now);
        if (opening.act === "nothing") return;
        expect(opening.act).toBe("open");
        if (opening.act !== "open") return;
        expect(["AVAILABLE", "UPDATE_FAILED"]).toContain(status);
        expect(now >= opening.window.startsAt && now < opening.window.endsAt).toBe(true);
        if (isUsed) expect(opening.window.id).not.toBe(used.id);
        const seconds = opening.pending ? expectedSeconds : patch!;
        if (!opening.pending || !mayOverrun) expect(now + seconds * 1000).toBeLessThanOrEqual(opening.window.endsAt);
      }),
    );
  });
});

it("a patch is another image of the version that runs; none where the pool has no image of it", () => {
  const images = (image: string) => ({ images: { ...testPool.images, "3.3.1": { image } } });
  const { image } = record();
  expect([image, "another"].map((one) => wantsPatch(record(), images(one)))).toEqual([false, true]);
  expect(wantsPatch(record(), { images: { "3.3.1": { reason: "gone" } } })).toBe(false);
});
