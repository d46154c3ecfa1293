import { posix } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "../testing/planned.ts";
import type { ReleaseItem } from "./items.ts";
import { dagPrefix, type Manifest, type ManifestFile, nextRelease, sortSource } from "./release.ts";

const object = (key: string, versionId = "v1") => ({ key, versionId, size: 1 });
const file = (path: string, content = path): ManifestFile => ({
  path,
  versionId: "v1",
  size: 1,
  sha256: sha256(content),
});
const item = (release: ReleaseItem["release"]): ReleaseItem => ({
  environmentName: "first",
  environmentId: "e1",
  generation: 1,
  release,
});
const manifest = (files: readonly ManifestFile[]): Manifest => ({ id: "r1", number: 1, createdAt: 0, files });

describe("the DAG folder", () => {
  it.each([
    ["dags", "dags/"],
    ["dags/", "dags/"],
    ["/a/b//", "a/b/"],
    ["/", ""],
    ["", ""],
  ])("'%s' is the prefix '%s'", (path, prefix) => expect(dagPrefix(path)).toBe(prefix));
});

describe("what belongs into a release", () => {
  it.each([
    ["dags/../outside.py", "its path has an empty, . or .. part"],
    ["dags/a/../../b.py", "its path has an empty, . or .. part"],
    ["dags/./a.py", "its path has an empty, . or .. part"],
    ["dags/a//b.py", "its path has an empty, . or .. part"],
    ["dags//etc/passwd", "its path is absolute"],
    ["dags/a\0.py", "its name holds a NUL"],
    ["dags/folder/", "it is a folder placeholder, not a file"],
    ["dags/", "it is a folder placeholder, not a file"],
    [`dags/${"ä".repeat(128)}.py`, "a part of its path is longer than a file name may be"],
  ])("never a path that leaves its folder or no disk can hold: %s", (key, reason) => {
    expect(sortSource([object(key)], "dags/", undefined)).toEqual({ known: [], fresh: [], refused: [{ key, reason }] });
  });

  it("not a file beside a folder of the same name: S3 holds both, a disk cannot", () => {
    const { fresh, refused } = sortSource([object("dags/a"), object("dags/a/b.py")], "dags/", undefined);
    expect(fresh.map(({ path }) => path)).toEqual(["a/b.py"]);
    expect(refused).toEqual([{ key: "dags/a", reason: "a folder of the same name exists beside it" }]);
  });

  it("is known by path and version: only what changed is read again", () => {
    const before = [file("same.py"), file("changed.py"), file("gone.py")];
    const listed = [object("dags/same.py"), object("dags/changed.py", "v2"), object("dags/new.py")];
    const { known, fresh } = sortSource(listed, "dags/", manifest(before));
    expect(known).toEqual([before[0]]);
    expect(fresh.map(({ path, versionId }) => [path, versionId])).toEqual([
      ["changed.py", "v2"],
      ["new.py", "v1"],
    ]);
  });

  it("stays below the folder it is unpacked in, whatever the keys are", () => {
    const part = fc.oneof(fc.constantFrom("..", ".", "", "a", "b.py", "\0"), fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(
        fc.array(
          fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
          { maxLength: 6 },
        ),
        (keys) => {
          const { fresh, refused } = sortSource(
            [...new Set(keys)].map((key) => object(`dags/${key}`)),
            "dags/",
            undefined,
          );
          expect(fresh.length + refused.length).toBe(new Set(keys).size);
          const paths = fresh.map(({ path }) => path);
          for (const path of paths) {
            expect(posix.resolve("/release", path)).toBe(`/release/${path}`);
            expect(paths.some((other) => other.startsWith(`${path}/`))).toBe(false);
          }
        },
      ),
    );
  });
});

describe("the next release", () => {
  const files = fc.uniqueArray(
    fc.record({ path: fc.string({ minLength: 1, maxLength: 8 }), content: fc.string({ maxLength: 4 }) }),
    {
      selector: ({ path }) => path,
      maxLength: 8,
    },
  );

  it("is none when the content is the one that runs, in whatever order it was listed and under whatever versions", () => {
    fc.assert(
      fc.property(files, fc.nat(), (entries, seed) => {
        const listed = entries.map(({ path, content }) => file(path, content));
        const first = nextRelease(listed, undefined, sha256, 1)!;
        const other = listed
          .toSorted((a, b) => sha256(a.path + seed).localeCompare(sha256(b.path + seed)))
          .map((entry) => ({ ...entry, versionId: "v9" }));
        expect(nextRelease(other, item(first.pointer), sha256, 2)).toBeUndefined();
        expect(nextRelease(other, undefined, sha256, 1)!.pointer).toEqual(first.pointer);
      }),
    );
  });

  it("is another when a byte, a name or a file is another, and its number rises by one", () => {
    const first = nextRelease([file("a.py", "1")], undefined, sha256, 1)!;
    expect(first.pointer).toMatchObject({ number: 1, id: expect.stringMatching(/^r1-[0-9a-f]{8}$/) });
    for (const changed of [[file("a.py", "2")], [file("b.py", "1")], [file("a.py", "1"), file("b.py")], []]) {
      const next = nextRelease(changed, item(first.pointer), sha256, 2)!;
      expect(next.pointer.number).toBe(2);
      expect(next.pointer.contentHash).not.toBe(first.pointer.contentHash);
    }
  });

  it("can be empty: an environment without DAGs has release 1", () => {
    expect(nextRelease([], undefined, sha256, 1)).toMatchObject({
      manifest: { number: 1, files: [] },
      pointer: { number: 1 },
    });
  });

  it("names its manifest by number and content, so that two hands that make the same one write the same object", () => {
    const { manifest: made, pointer } = nextRelease([file("b.py"), file("a.py")], undefined, sha256, 7)!;
    expect(pointer.manifest).toBe(`releases/${pointer.id}.json`);
    expect(made).toMatchObject({ id: pointer.id, createdAt: 7 });
    expect(made.files.map(({ path }) => path)).toEqual(["a.py", "b.py"]);
  });
});
