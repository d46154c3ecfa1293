import { describe, expect, it } from "vitest";
import { planned, recordIn } from "../testing/planned.ts";
import type { EnvironmentItem, OperationItem, ReleaseItem } from "./items.ts";
import { noteLayer, type RanLayer } from "./layer-history.ts";
import { canTakeLayer, type LayerStanding, layerStanding, mayBeLayerAlone, settingsOfLayer } from "./layer-rollback.ts";
import type { HistoryEntry } from "./release-history.ts";

const file = (content: string, objectKey = "requirements.txt") => ({
  ...{ versionId: `v-${content}`, sha256: content, size: 1 },
  objectKey,
});
const ran = (content: string): RanLayer => ({ key: `l-${content}`, files: { requirements: file(content) } });
const runs = recordIn("AVAILABLE", { layer: ran("b") });
const updating = (files: object, layerHold: object | null): Pick<OperationItem, "plan"> =>
  ({ plan: { type: "update-environment", layer: { kind: "build", build: { files } }, after: { layerHold } } }) as never;
const hold = { release: 3, versions: {} };

describe("the layer of a release", () => {
  it.each<[string, Pick<EnvironmentItem, "layer">, RanLayer | null | undefined, object | undefined, LayerStanding]>([
    ["not on record", runs, undefined, undefined, "UNKNOWN"],
    ["that runs", runs, ran("b"), undefined, "SAME"],
    ["of the same files for another image", runs, { ...ran("b"), key: "l-other" }, undefined, "SAME"],
    ["of other files", runs, ran("a"), undefined, "DIFFERENT"],
    ["of none, where one runs", runs, null, undefined, "DIFFERENT"],
    ["of none, where none runs", { layer: null }, null, undefined, "SAME"],
    ["on its way", runs, ran("a"), updating({ requirements: file("a") }, hold), "ROLLING"],
    ["with another on its way", runs, ran("a"), updating({ requirements: file("c") }, hold), "DIFFERENT"],
    ["with an update of something else", runs, ran("a"), updating({ requirements: file("a") }, null), "DIFFERENT"],
    ["with a create", runs, ran("a"), planned().operation, "DIFFERENT"],
  ])("%s stands so to what runs", (_, environment, layer, operation, standing) => {
    const entry = layer === undefined ? {} : { layer };
    expect(layerStanding(environment, entry, operation as OperationItem | undefined)).toBe(standing);
  });

  it("is taken where it is on record and an update is; what is on its way is not asked again", () => {
    const busy = recordIn("UPDATING", { operationId: "o" });
    expect(() => canTakeLayer(runs, "DIFFERENT", 3)).not.toThrow();
    expect(() => canTakeLayer(busy, "ROLLING", 3)).not.toThrow();
    expect(() => canTakeLayer(busy, "SAME", 3)).toThrow("must complete previous operation");
    expect(() => canTakeLayer(busy, "UNKNOWN", 3)).toThrow("not on record");
  });

  it("comes back alone where it was asked for; otherwise the way is told", () => {
    const asked = { Name: "first", Number: 3, Layers: true };
    expect(mayBeLayerAlone(asked, "DIFFERENT", runs)).toBe(true);
    expect(mayBeLayerAlone(asked, "SAME", runs)).toBe(false);
    expect(mayBeLayerAlone(asked, "SAME", { layerHold: hold }), "asked for once more").toBe(true);
    expect(mayBeLayerAlone({ Name: "first", Number: 3 }, "SAME", runs)).toBe(false);
    expect(() => mayBeLayerAlone({ Name: "first", Number: 3 }, "DIFFERENT", runs)).toThrow("rollback first 3 --layers");
  });
});

describe("the settings after a rollback of the layer", () => {
  const plain = runs.settings;
  it.each<[string, object, RanLayer | null, object]>([
    [
      "leave unpinned what is",
      { requirementsS3Path: "requirements.txt" },
      ran("a"),
      { requirementsS3Path: "requirements.txt" },
    ],
    [
      "move a pin",
      { requirementsS3Path: "requirements.txt", requirementsS3ObjectVersion: "v-b" },
      ran("a"),
      { requirementsS3Path: "requirements.txt", requirementsS3ObjectVersion: "v-a" },
    ],
    ["name what was cleared", {}, ran("a"), { requirementsS3Path: "requirements.txt" }],
    [
      "name a file where it lay then",
      { requirementsS3Path: "new.txt" },
      { key: "l", files: { requirements: file("a", "old.txt") } },
      { requirementsS3Path: "old.txt" },
    ],
    ["do not name what came since", { startupScriptS3Path: "s.sh", startupScriptS3ObjectVersion: "v" }, null, {}],
  ])("%s", (_, named, layer, expected) => {
    expect(settingsOfLayer({ ...plain, ...named }, layer)).toEqual({ ...plain, ...expected });
  });
});

describe("the note of a layer", () => {
  const context = { now: 5, by: "anna", digest: (text: string) => `${text}-digest` };
  const item = (layer?: RanLayer | null): ReleaseItem =>
    ({
      ...{ generation: 1, release: { id: "r2-x", number: 2, manifest: "m" }, lastNumber: 4 },
      ...(layer === undefined ? {} : { layer: { number: null, id: null, layer, recent: layer ? [layer.key] : [] } }),
    }) as never;
  const settings = { ...runs.settings, requirementsS3Path: "requirements.txt" };
  const live = { id: "r2-x", number: 2 } as HistoryEntry;

  it.each<[string, RanLayer | null, Partial<EnvironmentItem>, string, number | null]>([
    ["another layer", ran("a"), {}, "Another layer came to run: requirements changed.", null],
    ["the first layer", null, {}, "Another layer came to run: requirements changed.", null],
    [
      "no layer any more",
      ran("b"),
      { layer: null },
      "Tasks run without plugins, requirements and startup script.",
      null,
    ],
    ["a rollback", ran("a"), { layerHold: hold }, "Rolled back to the layer of release 3: requirements changed.", 3],
    [
      "a newer image, also after a rollback",
      { ...ran("b"), key: "l-before" },
      { layerHold: hold },
      "The same files were installed anew, for another image.",
      null,
    ],
  ])("of %s has its number and says so", (_, before, more, reason, rollbackOf) => {
    const note = noteLayer(item(before), { ...runs, settings, ...more }, live, context);
    expect(note).toMatchObject({
      item: { generation: 2, lastNumber: 5, layer: { number: 5 }, release: { number: 2 } },
      entry: { kind: "layer", number: 5, manifest: "m", by: "anna", reason, rollbackOf },
    });
  });

  it("that nothing was noted before goes to the release that runs, and to no other's entry", () => {
    expect(noteLayer(item(), { ...runs, settings }, live, context)).toMatchObject({
      item: { lastNumber: 4, layer: { number: null, recent: ["l-b"] } },
      entry: { ...live, layer: ran("b") },
    });
    const other = noteLayer(item(), { ...runs, settings }, { ...live, id: "r2-other" }, context);
    expect(other).toMatchObject({ kind: "write", entry: undefined });
  });

  it("of what is noted already is none", () => {
    expect(noteLayer(item(ran("b")), { ...runs, settings }, live, context)).toEqual({ kind: "level" });
    expect(noteLayer(item(null), { ...runs, layer: null }, live, context)).toEqual({ kind: "level" });
  });
});
