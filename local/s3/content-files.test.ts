import { afterEach, beforeEach, expect, test } from "vitest";
import { slicesOf } from "./slices.ts";
import { openStore } from "./store.ts";
import { type ListeningEngine, startEngine } from "./testing/listening-engine.ts";

let engine: ListeningEngine;
// More than what is kept in the index.
const large = "x".repeat(20_000);

beforeEach(async () => {
  engine = await startEngine();
  await engine.send("PUT", "/bucket");
});
afterEach(() => engine.stop());

test("a replaced or deleted object's file goes", async () => {
  await engine.send("PUT", "/bucket/k", { body: large });
  await engine.send("PUT", "/bucket/k", { body: `${large}2` });
  await expect.poll(() => engine.files().length).toBe(1);
  await engine.send("DELETE", "/bucket/k");
  await expect.poll(() => engine.files().length).toBe(0);
});

test("a copy shares the file, which stays until the last object on it goes", async () => {
  await engine.send("PUT", "/bucket/k", { body: large });
  await engine.send("PUT", "/bucket/copy", { headers: { "x-amz-copy-source": "/bucket/k" }, body: "" });
  expect(engine.files()).toHaveLength(1);
  await engine.send("DELETE", "/bucket/k");
  expect((await engine.send("GET", "/bucket/copy")).text).toBe(large);
  await engine.send("DELETE", "/bucket/copy");
  await expect.poll(() => engine.files().length).toBe(0);
});

test("a copy that races with the delete of its source is whole or refused", async () => {
  for (const body of ["small", large]) {
    for (let round = 0; round < 20; round += 1) {
      await engine.send("PUT", "/bucket/k", { body });
      const headers = { "x-amz-copy-source": "/bucket/k" };
      const [copied] = await Promise.all([
        engine.send("PUT", `/bucket/copy-${round}`, { headers, body: "" }),
        engine.send("DELETE", "/bucket/k"),
      ]);
      if (copied.status === 404) continue;
      expect((await engine.send("GET", `/bucket/copy-${round}`)).text).toBe(body);
    }
  }
});

test("parts of an aborted upload go", async () => {
  const created = await engine.send("POST", "/bucket/k?uploads", { body: "" });
  const uploadId = /<UploadId>(.+)<\/UploadId>/.exec(created.text)?.[1];
  await engine.send("PUT", `/bucket/k?partNumber=1&uploadId=${uploadId}`, { body: large });
  expect(engine.files()).toHaveLength(1);
  await engine.send("DELETE", `/bucket/k?uploadId=${uploadId}`);
  await expect.poll(() => engine.files().length).toBe(0);
});

test("small objects make no files, are read whole and by range, and are shared by copies", async () => {
  await engine.send("PUT", "/bucket/k", { body: "small" });
  await engine.send("PUT", "/bucket/copy", { headers: { "x-amz-copy-source": "/bucket/k" }, body: "" });
  await engine.send("DELETE", "/bucket/k");
  expect((await engine.send("GET", "/bucket/copy")).text).toBe("small");
  expect((await engine.send("GET", "/bucket/copy", { headers: { range: "bytes=1-3" } })).text).toBe("mal");
  expect(engine.files()).toEqual([]);
});

test("an object deleted while it is read is read to its end, and its file goes then", async () => {
  const size = 16_000_000; // more than sockets hold: most of it is still to be read
  await engine.send("PUT", "/bucket/k", { body: Buffer.alloc(size, "r") });
  const response = await fetch(`http://127.0.0.1:${engine.port}/bucket/k`);
  const reader = response.body!.getReader();
  let read = (await reader.read()).value?.length ?? 0;
  await engine.send("DELETE", "/bucket/k");
  expect(engine.files()).toHaveLength(1);
  for (let next = await reader.read(); !next.done; next = await reader.read()) read += next.value.length;
  expect(read).toBe(size);
  await expect.poll(() => engine.files().length).toBe(0);
});

test("a refused change leaves no trace and does not hinder its neighbours in the same flush", async () => {
  const store = openStore({
    folder: `${engine.folder}/second`,
    region: "us-east-1",
    accountId: "000000000000",
    now: () => 0,
    onEvents: () => undefined,
  });
  const results = await Promise.allSettled([
    store.commit(() => store.buckets.create("first", 0)),
    store.commit(() => {
      store.buckets.create("refused", 0);
      throw new Error("refused");
    }),
    store.commit(() => store.buckets.create("second", 0)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(store.buckets.list("", "", 10).map(({ name }) => name)).toEqual(["first", "second"]);
  await store.close();
});

test("a folder in use by another engine is refused with a clear error", () => {
  const open = () =>
    openStore({ folder: engine.folder, region: "r", accountId: "a", now: () => 0, onEvents: () => undefined });
  expect(open).toThrow(/in use by another process/);
});

test("slices of segments are exactly the bytes asked for", () => {
  const segments = [
    { contentId: "1-1", offset: 10, length: 5 },
    { contentId: "1-2", offset: 0, length: 5 },
  ];
  expect(slicesOf({ segments, start: 3, length: 4 })).toEqual([
    { contentId: "1-1", offset: 13, length: 2 },
    { contentId: "1-2", offset: 0, length: 2 },
  ]);
  expect(slicesOf({ segments, start: 5, length: 5 })).toEqual([{ contentId: "1-2", offset: 0, length: 5 }]);
});
