import { describe, expect, it } from "vitest";
import { recordIn, sha256 } from "../testing/planned.ts";
import type { EnvironmentItem } from "./items.ts";
import {
  afterMaintenance,
  notedPending,
  nothingQueued,
  pendingUpdate,
  requestOfPending,
  withoutPending,
} from "./pending-update.ts";
import { fitsSomeWindow } from "./window-opening.ts";
import type { UpdateEnvironmentRequest } from "./requests.ts";

const configuration = { key: "configuration/1.json", sha256: "1" };
const pending = (
  request: Partial<UpdateEnvironmentRequest> = {},
  more: Partial<Parameters<typeof pendingUpdate>[0]> = {},
) =>
  pendingUpdate(
    {
      ...{ request: { Name: "first", ...request }, configuration: undefined, id: "1", caller: "arn:a", requestedAt: 1 },
      ...{ expectedSeconds: 60, mayOverrun: false, waitsFor: "window", ...more },
    },
    sha256,
  );

describe("what is kept of a request", () => {
  it("has no option in it, and is the request again with its options", () => {
    const request = {
      Name: "first",
      MaxWorkers: 3,
      PluginsS3Path: null,
      AirflowConfigurationOptions: { "a.b": "secret" },
    };
    const kept = pending(request, { configuration });
    expect(JSON.stringify(kept)).not.toContain("secret");
    expect(requestOfPending("first", kept, { "a.b": "secret" })).toEqual(request);
  });

  it.each([
    ["says nothing of options", undefined, {}],
    ["clears them", null, { AirflowConfigurationOptions: null }],
  ])("that %s says so again", (_, options, said) => {
    expect(requestOfPending("first", pending({}, { configuration: options }), undefined)).toEqual({
      Name: "first",
      ...said,
    });
  });

  it("that was queued during maintenance replaces workers at once, whatever it said", () => {
    const request = { WorkerReplacementStrategy: "GRACEFUL" } as const;
    const strategy = (waitsFor: "window" | "maintenance") =>
      requestOfPending("first", pending(request, { waitsFor }), undefined).WorkerReplacementStrategy;
    expect([strategy("window"), strategy("maintenance")]).toEqual(["GRACEFUL", "FORCED"]);
  });

  it("is the same where the same was asked for: whoever asks, whenever, in whatever order of members", () => {
    const hash = (...asked: Parameters<typeof pending>) => pending(...asked).requestHash;
    const one = hash({ MaxWorkers: 3, MinWorkers: 1 });
    expect(
      hash({ MinWorkers: 1, MaxWorkers: 3 }, { id: "2", caller: "arn:b", requestedAt: 2, expectedSeconds: 1 }),
    ).toBe(one);
    const others = [
      hash({ MaxWorkers: 4, MinWorkers: 1 }),
      hash({ MaxWorkers: 3, MinWorkers: 1 }, { configuration }),
      hash({ MaxWorkers: 3, MinWorkers: 1 }, { configuration: null }),
      hash({ MaxWorkers: 3, MinWorkers: 1 }, { mayOverrun: true }),
      hash({ MaxWorkers: 3, MinWorkers: 1 }, { waitsFor: "maintenance" }),
    ];
    expect(new Set([one, ...others]).size).toBe(6);
  });
});

describe("noting a change", () => {
  const note = (status: EnvironmentItem["status"], operationId: string | null, first?: EnvironmentItem["pending"]) =>
    notedPending(recordIn(status, { operationId, ...(first ? { pending: first } : {}) }), pending());
  const inFlight = "o".repeat(26);

  it.each([
    ["AVAILABLE", null],
    ["UPDATE_FAILED", null],
    ["MAINTENANCE", inFlight],
  ] as const)("is allowed while %s", (status, operationId) => {
    expect(note(status, operationId)).toEqual({ pending: pending() });
  });

  it.each([
    ["UPDATING", inFlight, "EnvironmentBusy"],
    ["CREATING_SNAPSHOT", inFlight, "EnvironmentBusy"],
    ["DELETING", inFlight, "EnvironmentBusy"],
    ["UNAVAILABLE", null, "EnvironmentUnusable"],
    ["CREATE_FAILED", null, "EnvironmentUnusable"],
  ] as const)("is refused while %s", (status, operationId, name) => {
    expect(() => note(status, operationId)).toThrow(expect.objectContaining({ name }));
  });

  it("changes nothing where the same waits, also while it could not be noted anew; another one is refused", () => {
    expect(note("UPDATING", inFlight, { ...pending(), id: "0" })).toBeUndefined();
    expect(() => note("AVAILABLE", null, pending({ MaxWorkers: 2 }))).toThrow(
      expect.objectContaining({ name: "PendingChangeExists" }),
    );
  });

  it("leaves a record that is not maintained as it is, when it is judged", () => {
    const updating = recordIn("UPDATING", { operationId: inFlight });
    expect(afterMaintenance(updating)).toBe(updating);
  });
});

it("a change is taken off once, and an update after it waits only for what was queued", () => {
  const waiting = (waitsFor: "window" | "maintenance") => recordIn("AVAILABLE", { pending: pending({}, { waitsFor }) });
  expect(withoutPending(waiting("window"))).toEqual({ pending: null });
  expect(() => withoutPending(recordIn("AVAILABLE"))).toThrow(
    expect.objectContaining({ name: "PendingChangeNotFound" }),
  );
  expect(() => nothingQueued(waiting("maintenance"))).toThrow(expect.objectContaining({ name: "EnvironmentBusy" }));
  expect(() => nothingQueued(waiting("window"))).not.toThrow();
});

it("a change that would fit no window at all is refused, unless it may take longer", () => {
  expect(() => fitsSomeWindow({ expectedSeconds: 7201, mayOverrun: false })).toThrow(
    expect.objectContaining({ name: "InvalidRequest", message: expect.stringContaining("MayOverrun") }),
  );
  for (const fits of [
    { expectedSeconds: 7200, mayOverrun: false },
    { expectedSeconds: 9999, mayOverrun: true },
  ])
    expect(() => fitsSomeWindow(fits)).not.toThrow();
});
