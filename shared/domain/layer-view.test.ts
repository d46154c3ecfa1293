import { describe, expect, it } from "vitest";
import type { RanLayer } from "./layer-history.ts";
import { installedView, type InstalledLayer, layerDiff, ranLayerView } from "./layer-view.ts";

const layer = (key: string, sha256: string): RanLayer => ({
  key,
  files: { requirements: { objectKey: "requirements.txt", versionId: `v-${sha256}`, sha256, size: 1 } },
});
const installed = (key: string, packages: readonly string[], plugins: readonly string[] = []): InstalledLayer => ({
  layer: layer(key, key),
  result: { packages: [...packages], plugins: [...plugins], archive: { key: "layer.tar", size: 2048, sha256: key } },
});
const before = installed("l-1", ["a==1", "b==2", "gone==1+local"], ["old"]);
const after = installed("l-2", ["a==1", "b==3", "new==0.1"], ["fresh"]);

describe("the layers of two releases", () => {
  it("are compared by what they were made of, packages by version and plugins by name", () => {
    expect(layerDiff(before, after)).toEqual({
      Before: "l-1",
      After: "l-2",
      Files: [{ Part: "requirements", Before: "v-l-1", After: "v-l-2" }],
      Packages: [
        { Name: "b", Before: "2", After: "3" },
        { Name: "gone", Before: "1+local", After: null },
        { Name: "new", Before: null, After: "0.1" },
      ],
      Plugins: { Added: ["fresh"], Removed: ["old"] },
    });
  });

  it("do not differ where they are one, also under another version of the same bytes", () => {
    const again = { ...before.layer.files.requirements!, versionId: "later" };
    const same = { ...before, layer: { ...before.layer, files: { requirements: again } } };
    expect(layerDiff(before, same)).toMatchObject({
      ...{ Files: [], Packages: [], Plugins: { Added: [], Removed: [] } },
    });
  });

  it("are none where nothing was installed: all of the other one is new", () => {
    expect(layerDiff(null, installed("l-1", ["a==1"]))).toMatchObject({
      Before: null,
      Packages: [{ Name: "a", Before: null, After: "1" }],
    });
  });

  it("are not guessed where one is not on record, and packages not where a result is gone", () => {
    expect(layerDiff(undefined, after)).toBeUndefined();
    expect(layerDiff(before, undefined)).toBeUndefined();
    const gone = { ...before, result: undefined };
    expect(layerDiff(gone, after)).toMatchObject({ Files: [{}], Packages: null, Plugins: null });
    expect(installedView(gone)).toMatchObject({ Packages: null, Plugins: null });
  });
});

describe("a layer's size", () => {
  it("is that of its files together, and of what was installed while that is known", () => {
    const { requirements } = before.layer.files;
    const files = { requirements: requirements!, plugins: { ...requirements!, size: 41 } };
    expect(ranLayerView({ key: "l-1", files }).SizeBytes).toBe(42);
    expect(ranLayerView({ key: "l-1", files: {} }).SizeBytes).toBe(0);
    expect(installedView(before)).toMatchObject({ SizeBytes: 1, ArchiveBytes: 2048 });
    expect(installedView({ ...before, result: undefined })).toMatchObject({ SizeBytes: 1, ArchiveBytes: null });
  });
});
