import { posix } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "../testing/planned.ts";
import {
  changedPaths,
  contentOf,
  dagPrefix,
  largestFile,
  type Manifest,
  type ManifestFile,
  numbered,
  sortSource,
} from "./release.ts";

const object = (key: string, versionId = "v1") => ({ key, versionId, size: 1 });
const file = (path: string, content = path): ManifestFile => ({
  path,
  versionId: "v1",
  size: 1,
  sha256: sha256(content),
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
    ["dags/a\0.py", "its name holds a control character or a backslash"],
    ["dags/a\n.py", "its name holds a control character or a backslash"],
    ["dags/a\\b.py", "its name holds a control character or a backslash"],
    ["dags/folder/", "it is a folder placeholder, not a file"],
    ["dags/", "it is a folder placeholder, not a file"],
    [`dags/${"ä".repeat(128)}.py`, "a part of its path is longer than a file name may be"],
  ])("never a path that leaves its folder or no disk can hold: %s", (key, reason) => {
    expect(sortSource([object(key)], "dags/", [])).toEqual({ known: [], fresh: [], leftOut: [{ key, reason }] });
  });

  it("not a file beside a folder of the same name: S3 holds both, a disk cannot", () => {
    const { fresh, leftOut } = sortSource([object("dags/a"), object("dags/a/b.py")], "dags/", []);
    expect(fresh.map(({ path }) => path)).toEqual(["a/b.py"]);
    expect(leftOut).toEqual([{ key: "dags/a", reason: "a folder of the same name exists beside it" }]);
  });

  it("is known by path and version: only what changed is read again", () => {
    const before = [file("same.py"), file("changed.py"), file("gone.py")];
    const listed = [object("dags/same.py"), object("dags/changed.py", "v2"), object("dags/new.py")];
    const { known, fresh } = sortSource(listed, "dags/", [manifest(before)]);
    expect(known).toEqual([before[0]]);
    expect(fresh.map(({ path, versionId }) => [path, versionId])).toEqual([
      ["changed.py", "v2"],
      ["new.py", "v1"],
    ]);
  });

  it("knows the bytes that are held, too: a version that broke something is not read twice", () => {
    const held = { versionId: "v2", size: 5, sha256: "b".repeat(64), reason: "NameError" };
    const { known, fresh } = sortSource([object("dags/a.py", "v2")], "dags/", [manifest([{ ...file("a.py"), held }])]);
    expect(known).toEqual([{ path: "a.py", versionId: "v2", size: 5, sha256: "b".repeat(64) }]);
    expect(fresh).toEqual([]);
  });

  it("not a file that is data rather than code", () => {
    const large = { ...object("dags/model.bin"), size: largestFile + 1 };
    expect(sortSource([large], "dags/", []).leftOut).toEqual([
      { key: "dags/model.bin", reason: "it is larger than 256 MiB, which is data, not code" },
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
          const { fresh, leftOut } = sortSource(
            [...new Set(keys)].map((key) => object(`dags/${key}`)),
            "dags/",
            [],
          );
          expect(fresh.length + leftOut.length).toBe(new Set(keys).size);
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

describe("a release's content", () => {
  const files = fc.uniqueArray(
    fc.record({ path: fc.string({ minLength: 1, maxLength: 8 }), content: fc.string({ maxLength: 4 }) }),
    { selector: ({ path }) => path, maxLength: 8 },
  );

  it("is the same in whatever order it was listed and under whatever versions", () => {
    fc.assert(
      fc.property(files, fc.nat(), (entries, seed) => {
        const listed = entries.map(({ path, content }) => file(path, content));
        const other = listed
          .toSorted((a, b) => sha256(a.path + seed).localeCompare(sha256(b.path + seed)))
          .map((entry) => ({ ...entry, versionId: "v9" }));
        expect(contentOf(other, sha256).hash).toBe(contentOf(listed, sha256).hash);
      }),
    );
  });

  it("is another when a byte, a name or a file is another", () => {
    const hash = (some: readonly ManifestFile[]) => contentOf(some, sha256).hash;
    const first = hash([file("a.py", "1")]);
    for (const changed of [[file("a.py", "2")], [file("b.py", "1")], [file("a.py", "1"), file("b.py")], []])
      expect(hash(changed)).not.toBe(first);
  });

  it("names its manifest by number and content, so that two hands that make the same one write the same object", () => {
    const { manifest: made, pointer } = numbered([file("b.py"), file("a.py")], 3, sha256, 7);
    expect(pointer).toMatchObject({ number: 3, id: expect.stringMatching(/^r3-[0-9a-f]{8}$/), createdAt: 7 });
    expect(pointer.manifest).toBe(`releases/${pointer.id}.json`);
    expect(made).toMatchObject({ id: pointer.id, createdAt: 7 });
    expect(made.files.map(({ path }) => path)).toEqual(["a.py", "b.py"]);
  });

  it("differs from another by paths added, changed and removed", () => {
    const [before, after] = [
      [file("a.py"), file("b.py"), file("c.py")],
      [file("b.py", "2"), file("c.py"), file("d.py")],
    ];
    expect(changedPaths(before!, after!)).toEqual({ added: ["d.py"], changed: ["b.py"], removed: ["a.py"] });
  });
});
