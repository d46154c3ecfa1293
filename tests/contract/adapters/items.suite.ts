// What every store of items must guarantee: each write is conditional on what was read.
import { expect, test } from "vitest";
import type { Environments } from "../../../shared/ports/environments.ts";
import type { Operations } from "../../../shared/ports/operations.ts";
import { environmentItem, operationItem, releaseItem } from "./sample-items.ts";

/** Runs in one store; each test uses names of its own. */
export function environmentsContract(environments: () => Environments): void {
  test("an environment is read back as written, members that are undefined left out", async () => {
    const item = environmentItem("read-back");
    expect(await environments().create(item)).toBe(true);
    expect(await environments().get("read-back")).toStrictEqual(JSON.parse(JSON.stringify(item)));
    expect(await environments().get("never-made")).toBeUndefined();
  });

  test("of two creates of one name one wins, and the winner's item stays", async () => {
    const [one, other] = ["one", "other"].map((environmentId) => environmentItem("contested", { environmentId }));
    const won = await Promise.all([environments().create(one!), environments().create(other!)]);
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await environments().get("contested"))?.environmentId).toBe(won[0] ? "one" : "other");
  });

  test("a replacement counts only against the generation that was read", async () => {
    const item = environmentItem("replaced");
    await environments().create(item);
    await environments().replace({ ...item, generation: 2, status: "AVAILABLE" }, 1);
    await expect(environments().replace({ ...item, generation: 2, status: "DELETING" }, 1)).rejects.toMatchObject({
      name: "ConcurrentChange",
    });
    expect(await environments().get("replaced")).toMatchObject({ generation: 2, status: "AVAILABLE" });
    await expect(environments().replace(environmentItem("never-made"), 1)).rejects.toMatchObject({
      name: "ConcurrentChange",
    });
  });

  test("a commit reaches the record only while the record points to its operation", async () => {
    const item = environmentItem("settled");
    await environments().create(item);
    const next = { ...item, generation: 2, status: "AVAILABLE" as const, operationId: null, operationKind: null };
    expect(await environments().settle(next, { generation: 1, operationId: "another" })).toBe(false);
    expect(await environments().settle(next, { generation: 7, operationId: item.operationId! })).toBe(false);
    expect(await environments().settle(next, { generation: 1, operationId: item.operationId! })).toBe(true);
    expect(await environments().settle(next, { generation: 1, operationId: item.operationId! })).toBe(false);
    expect(await environments().get("settled")).toMatchObject({ status: "AVAILABLE", operationId: null });
  });

  test("a delete takes the record and its release, and a repeat is fine; another operation's record stays", async () => {
    const item = environmentItem("removed");
    await environments().create(item);
    await environments().putRelease(releaseItem("removed", 1), 0);
    expect(await environments().remove("removed", "another")).toBe(false);
    expect(await environments().remove("removed", item.operationId!)).toBe(true);
    expect(await environments().get("removed")).toBeUndefined();
    expect(await environments().getRelease("removed", "id-of-removed")).toBeUndefined();
    expect(await environments().remove("removed", item.operationId!)).toBe(true);
  });

  test("names come in order and in pages, and the last page names no next", async () => {
    for (const name of ["page-c", "page-a", "page-b"]) await environments().create(environmentItem(name));
    expect(await environments().listNames("page", 2)).toEqual({ names: ["page-a", "page-b"], next: "page-b" });
    const rest = await environments().listNames("page-b", 100);
    expect(rest.names[0]).toBe("page-c");
    expect(rest.next).toBeUndefined();
    const all = await environments().listNames(undefined, 100);
    expect((await environments().all()).map(({ name }) => name)).toEqual(all.names);
  });

  test("all are read, whole and in order, however many there are, and one deleted meanwhile does no harm", async () => {
    const names = Array.from({ length: 104 }, (_, at) => `many-${String(at).padStart(3, "0")}`);
    await Promise.all(names.map((name) => environments().create(environmentItem(name))));
    const [read] = await Promise.all([
      environments().all(),
      environments().remove("many-102", "operation-of-many-102"),
    ]);
    const many = read.filter(({ name }) => name.startsWith("many-") && name !== "many-102");
    const left = names.filter((name) => name !== "many-102");
    expect(many).toStrictEqual(left.map((name) => JSON.parse(JSON.stringify(environmentItem(name)))));
    const after = (await environments().all()).map(({ name }) => name);
    expect(after.filter((name) => name.startsWith("many-"))).toEqual(left);
    await Promise.all(left.map((name) => environments().remove(name, `operation-of-${name}`)));
  });

  test("the release pointer moves only from the one that was read, and knows whose it is", async () => {
    expect(await environments().putRelease(releaseItem("released", 1), 0)).toBe(true);
    expect(await environments().putRelease(releaseItem("released", 1), 0)).toBe(false);
    expect(await environments().putRelease(releaseItem("released", 2), 1)).toBe(true);
    expect(await environments().putRelease(releaseItem("released", 3), 1)).toBe(false);
    await environments().removeRelease("released", "an older environment of this name");
    expect(await environments().getRelease("released", "id-of-released")).toEqual(releaseItem("released", 2));
    await environments().removeRelease("released", "id-of-released");
    await environments().removeRelease("released", "id-of-released");
    expect(await environments().getRelease("released", "id-of-released")).toBeUndefined();
  });

  test("a late release of a deleted environment neither shows nor moves its namesake's, nor does its removal", async () => {
    const [older, newer] = [releaseItem("namesake", 1, "older"), releaseItem("namesake", 1, "newer")];
    expect(await environments().putRelease(newer, 0)).toBe(true);
    expect(await environments().putRelease(older, 0)).toBe(true);
    expect(await environments().putRelease(releaseItem("namesake", 2, "older"), 1)).toBe(true);
    expect(await environments().getRelease("namesake", "newer")).toEqual(newer);
    await environments().removeRelease("namesake", "older");
    expect(await environments().getRelease("namesake", "older")).toBeUndefined();
    expect(await environments().getRelease("namesake", "newer")).toEqual(newer);
  });
}

/** Runs in one store; each test uses ids of its own. */
export function operationsContract(operations: () => Operations): void {
  test("an operation is put once: a repeat changes nothing", async () => {
    await operations().create(operationItem("once"));
    await operations().create(operationItem("once", { attempt: 5 }));
    expect(await operations().get("once")).toEqual(operationItem("once"));
    expect(await operations().get("never-made")).toBeUndefined();
  });

  test("of two updates of one generation one wins, and sees what it wrote", async () => {
    await operations().create(operationItem("raced"));
    const item = (await operations().get("raced"))!;
    const results = await Promise.all([1, 2].map((idleAttempts) => operations().update(item, { idleAttempts })));
    const [won] = results.filter((result) => result !== undefined);
    expect(results.filter((result) => result === undefined)).toHaveLength(1);
    expect(won).toEqual(await operations().get("raced"));
    expect(won?.generation).toBe(2);
    expect(await operations().update(item, { attempt: 2 })).toBeUndefined();
    expect(await operations().update(won!, { attempt: 2 })).toMatchObject({ generation: 3, attempt: 2 });
  });

  test("two identical updates are still two: only one of them wins", async () => {
    await operations().create(operationItem("twins"));
    const item = (await operations().get("twins"))!;
    const results = await Promise.all([
      operations().update(item, { attempt: 2 }),
      operations().update(item, { attempt: 2 }),
    ]);
    expect(results.filter((result) => result !== undefined)).toHaveLength(1);
  });

  test("a name's operations come newest first, in pages that overlap nowhere and miss nothing, and no other name's", async () => {
    const ids = await make("listed", [3, 1, 5, 2, 4]);
    await make("listed-too", [6]);
    const seen: string[][] = [];
    let after: string | undefined;
    do {
      const page = await operations().listOf("listed", { after, limit: 2 });
      seen.push(page.items.map(({ operationId }) => operationId));
      after = page.next;
    } while (after !== undefined && seen.length < 10);
    expect(seen).toEqual([[ids(5), ids(4)], [ids(3), ids(2)], [ids(1)]]);
  });

  test("a page that is exactly the last names no next, and a name without operations has an empty page", async () => {
    const ids = await make("paged", [1, 2]);
    const whole = await operations().listOf("paged", { after: undefined, limit: 2 });
    expect(whole.items.map(({ operationId }) => operationId)).toEqual([ids(2), ids(1)]);
    expect(whole).not.toHaveProperty("next");
    expect(await operations().listOf("never-made", { after: undefined, limit: 2 })).toEqual({ items: [] });
  });

  test("operations of one instant are all listed, page by page", async () => {
    const created = ["a", "b", "c"].map((id) => operationItem(`instant-${id}`, { environmentName: "instant" }));
    for (const item of created) await operations().create(item);
    const first = await operations().listOf("instant", { after: undefined, limit: 2 });
    const rest = await operations().listOf("instant", { after: first.next, limit: 2 });
    const seen = [...first.items, ...rest.items].map(({ operationId }) => operationId);
    expect(seen.sort()).toEqual(["instant-a", "instant-b", "instant-c"]);
  });

  test("an operation that was written again is listed once, in its old place, as it is now", async () => {
    const ids = await make("rewritten", [1, 2]);
    const older = (await operations().get(ids(1)))!;
    await operations().update(older, { outcome: "succeeded" });
    const { items } = await operations().listOf("rewritten", { after: undefined, limit: 10 });
    expect(items.map(({ operationId }) => operationId)).toEqual([ids(2), ids(1)]);
    expect(items[1]).toMatchObject({ outcome: "succeeded", generation: 2 });
  });

  /** Operations of one name, made at these seconds in this order; their ids say nothing of it. @returns id by second */
  async function make(environmentName: string, seconds: readonly number[]) {
    const id = (second: number) => `${environmentName}-${9 - second}`;
    for (const second of seconds) {
      const createdAt = 1_800_000_000_000 + second * 1000;
      await operations().create(operationItem(id(second), { environmentName, createdAt }));
    }
    return id;
  }
}
