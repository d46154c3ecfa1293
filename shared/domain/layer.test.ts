import { describe, expect, it } from "vitest";
import { sha256 } from "../testing/planned.ts";
import { type LayerFile, layerKey, parseLayerResult, recipeOf } from "./layer.ts";

const file = (content: string, versionId = "v1"): LayerFile => ({ versionId, sha256: sha256(content), size: 4 });
const build = { image: "hangar/airflow:3.3.1", airflowVersion: "3.3.1" };
const key = (files: Parameters<typeof layerKey>[1], changes = {}) => layerKey({ ...build, ...changes }, files, sha256);

describe("a layer's key", () => {
  it("is a hash of the canonical JSON both sides agree on", () => {
    const text = `{"airflowVersion":"3.3.1","format":1,"image":"hangar/airflow:3.3.1","plugins":null,"requirements":"${sha256("a")}","startup":null}`;
    expect(key({ requirements: file("a") })).toBe(`l-${sha256(text).slice(0, 32)}`);
  });

  it("is the same for the same content, whatever the object versions are called", () => {
    expect(key({ requirements: file("a", "v2") })).toBe(key({ requirements: file("a") }));
  });

  it("differs with content, with the part the content is in, with the image and with the version", () => {
    const keys = [
      key({ requirements: file("a") }),
      key({ requirements: file("b") }),
      key({ startup: file("a") }),
      key({ requirements: file("a"), startup: file("a") }),
      key({ requirements: file("a") }, { image: "other" }),
      key({ requirements: file("a") }, { airflowVersion: "3.2.1" }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

it("a recipe names the blobs by hash, and null where there is no file", () => {
  const layer = { key: "l-1", files: { plugins: file("p") } };
  expect(recipeOf(build, layer)).toEqual({
    schema: 1,
    key: "l-1",
    ...build,
    requirements: null,
    plugins: { sha256: sha256("p"), size: 4 },
    startup: null,
  });
});

describe("a result", () => {
  const ready = { schema: 1, key: "l-1", state: "ready", at: 1, archive: { key: "k", size: 1, sha256: "a" } };
  it("is read with what it leaves out filled in", () => {
    expect(parseLayerResult(JSON.stringify(ready), "l-1")).toMatchObject({ state: "ready", packages: [] });
  });

  it.each([
    ["half written", '{"schema":1'],
    ["of another layer", JSON.stringify({ ...ready, key: "l-2" })],
    ["ready without an archive", JSON.stringify({ ...ready, archive: null })],
    ["of another schema", JSON.stringify({ ...ready, schema: 2 })],
    ["null", "null"],
  ])("that is %s counts as none: users' code runs beside the builder", (_, text) => {
    expect(parseLayerResult(text, "l-1")).toBeUndefined();
  });
});
