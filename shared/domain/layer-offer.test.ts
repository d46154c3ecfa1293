import { describe, expect, it } from "vitest";
import { recordIn } from "../testing/planned.ts";
import type { Layer } from "./layer.ts";
import { decideLayer, type LayerOffer, layersToRemove, layerView, type OfferView, wantedText } from "./layer-offer.ts";
import type { FileWish } from "./layer-wish.ts";

const now = 1_800_000_000_000;
const wishes: readonly FileWish[] = [
  { part: "requirements", member: "RequirementsS3Path", bucket: "my-dags", key: "requirements.txt", versionId: null },
];
const found = { requirements: { key: "requirements.txt", versionId: "v2", size: 10 } };
const layerOf = (key: string, versionId: string): Layer => ({
  key,
  files: { requirements: { versionId, sha256: "a".repeat(64), size: 10 } },
});
const runs = recordIn("AVAILABLE", { layer: layerOf("l-old", "v1") });
const layerHold = { release: 7, versions: { requirements: "v2" } };
const wanted = wantedText(runs.image, wishes, found);
const offer = (changes: Partial<LayerOffer> = {}): LayerOffer => ({
  number: 4,
  wanted,
  state: "building",
  layer: layerOf("l-new", "v2"),
  lost: 0,
  operationId: null,
  error: null,
  at: now,
  ...changes,
});
const result = (state: "ready" | "failed") => ({
  schema: 1 as const,
  key: "l-new",
  state,
  at: 1,
  packages: [],
  plugins: [],
  warnings: [],
  error: state === "failed" ? { part: "requirements", message: "nothing fits" } : null,
});
const running = { state: "running" } as const;
const died = { state: "stopped", exitCode: 137, reason: "out of memory" } as const;
const operation = (outcome: "succeeded" | "rolledBack" | null) => ({
  outcome,
  failure: outcome === "rolledBack" ? { step: "check-services", code: "X", message: "web never got healthy" } : null,
});

const decide = (changes: Partial<OfferView>) =>
  decideLayer({
    environment: runs,
    wishes,
    found,
    offer: undefined,
    build: { task: null, result: undefined },
    operation: undefined,
    now,
    ...changes,
  });

describe("an upload nobody pinned", () => {
  it.each<[string, Partial<OfferView>, string, object?]>([
    ["in a create", { environment: { ...runs, status: "CREATING" } }, "nothing"],
    ["while an operation is in flight", { environment: { ...runs, operationId: "o" } }, "nothing"],
    ["where no file is named", { wishes: [], found: {} }, "nothing"],
    ["of what runs already", { environment: { ...runs, layer: layerOf("l", "v2") } }, "write", { state: "settled" }],
    ["that is new", {}, "build", { number: 1 }],
    ["after another that failed", { offer: offer({ wanted: "other", state: "failed" }) }, "build", { number: 5 }],
    ["that was deleted", { found: { requirements: null } }, "write", { state: "failed" }],
    [
      "that is too large",
      { found: { requirements: { ...found.requirements, size: 2 * 1024 ** 2 } } },
      "write",
      { state: "failed" },
    ],
    ["whose build was never started", { offer: offer() }, "start"],
    ["that is being built", { offer: offer(), build: { task: running, result: undefined } }, "nothing"],
    [
      "that is built",
      { offer: offer(), build: { task: null, result: result("ready") } },
      "write",
      { state: "ready", number: 4 },
    ],
    [
      "that cannot be built",
      { offer: offer(), build: { task: died, result: result("failed") } },
      "write",
      { state: "failed", error: "nothing fits" },
    ],
    [
      "whose build died",
      { offer: offer(), build: { task: died, result: undefined } },
      "write",
      { state: "building", number: 5, lost: 1 },
    ],
    [
      "whose build died again and again",
      { offer: offer({ lost: 3 }), build: { task: died, result: undefined } },
      "write",
      { state: "failed", error: expect.stringContaining("exit code 137") },
    ],
    [
      "whose build takes longer than it may",
      { offer: offer({ at: now - 900_000, lost: 3 }), build: { task: running, result: undefined } },
      "write",
      { state: "failed" },
    ],
    ["that failed", { offer: offer({ state: "failed" }), build: { task: null, result: result("ready") } }, "nothing"],
    ["that is ready", { offer: offer({ state: "ready" }) }, "roll"],
    ["that is ready, with the content that runs", { offer: offer({ state: "ready", layer: runs.layer }) }, "nothing"],
    [
      "that is ready, where no update is taken",
      { offer: offer({ state: "ready" }), environment: { ...runs, status: "UNAVAILABLE" } },
      "nothing",
    ],
    [
      "whose update has not begun",
      { offer: offer({ state: "rolling", operationId: "u" }), operation: operation(null) },
      "nothing",
    ],
    [
      "whose update never came to be",
      { offer: offer({ state: "rolling", operationId: "u", at: now - 60_000 }) },
      "write",
      { state: "ready", operationId: null },
    ],
    [
      "whose update was rolled back",
      { offer: offer({ state: "rolling", operationId: "u" }), operation: operation("rolledBack") },
      "write",
      { state: "failed", error: "web never got healthy" },
    ],
    [
      "that was rolled out and back by a person",
      { offer: offer({ state: "rolling", operationId: "u" }), operation: operation("succeeded") },
      "nothing",
    ],
    ["that ran and gave way to an older layer", { offer: offer({ state: "settled" }) }, "nothing"],
    [
      "that the layer was rolled back from, also where nobody had offered it",
      { environment: { ...runs, layerHold } },
      "write",
      { state: "held", number: 1, error: expect.stringContaining("release 7") },
    ],
    [
      "that the layer was rolled back from while it was being built",
      { environment: { ...runs, layerHold }, offer: offer() },
      "write",
      { state: "held", number: 4 },
    ],
    [
      "that is held, as was said",
      { environment: { ...runs, layerHold }, offer: offer({ state: "held", layer: null }) },
      "nothing",
    ],
    [
      "that is another one than the layer was rolled back from",
      { environment: { ...runs, layerHold: { release: 7, versions: { requirements: "v0" } } } },
      "build",
      { number: 1 },
    ],
    ["that was held and is wanted again", { offer: offer({ state: "held", layer: null }) }, "build", { number: 5 }],
  ])("%s", (_, view, act, written) => {
    const decision = decide(view);
    expect(decision.act).toBe(act);
    expect(decision.reason).not.toBe("");
    if (written) expect("offer" in decision ? decision.offer : decision).toMatchObject(written);
  });

  it("of a file that is pinned is never wanted: what is pinned runs", () => {
    const pinned = wishes.map((wish) => ({ ...wish, versionId: "v1" }));
    const decision = decide({ wishes: pinned, found: { requirements: { ...found.requirements, versionId: "v1" } } });
    expect(decision).toMatchObject({ act: "write", offer: { state: "settled", layer: runs.layer } });
  });

  it("is shown with its state and reason until it runs", () => {
    const { settings } = recordIn("AVAILABLE");
    const named = { ...runs, settings: { ...settings, requirementsS3Path: "requirements.txt" } };
    expect(layerView(named, offer({ state: "failed", error: "nothing fits" }))).toMatchObject({
      Layer: { Key: "l-old" },
      Offer: { State: "FAILED", Error: "nothing fits" },
    });
    expect(layerView(named, offer({ state: "settled" }))).toMatchObject({ Offer: null });
    expect(layerView({ ...runs, settings }, offer({ state: "failed" }))).toMatchObject({ Offer: null }); // no file is named
  });
});

describe("layers nobody uses", () => {
  const layers = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ key: `l-${at}`, at: now - at * 3_600_000 }));
  it("go a few at a time, the oldest first; the five made last and those in use stay", () => {
    expect(layersToRemove(layers(5), [], now)).toEqual([]);
    expect(layersToRemove(layers(20), ["l-19", null], now)).toEqual(["l-16", "l-17", "l-18"]);
  });

  it("stay for an hour: a plan that names one may be about to be written", () => {
    expect(
      layersToRemove(
        layers(8).map(({ key }) => ({ key, at: now - 1000 })),
        [],
        now,
      ),
    ).toEqual([]);
  });
});
