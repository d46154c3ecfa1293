import { describe, expect, it } from "vitest";
import { forEachEnvironment } from "./each-environment.ts";

const named = (...names: string[]) => names.map((name) => ({ name }));

describe("what is to be done for each environment", () => {
  it("is done for all, one after the other, and the first error is told when none is under way any more", async () => {
    const done: string[] = [];
    let underWay = 0;
    const act = async ({ name }: { readonly name: string }) => {
      expect(++underWay).toBe(1);
      await Promise.resolve();
      underWay--;
      if (name !== "c") throw new Error(`no ${name}`);
      done.push(name);
    };
    await expect(forEachEnvironment(named("a", "b", "c"), "not done", act)).rejects.toThrow("no a");
    expect(done).toEqual(["c"]);
  });

  it("is under way for no more at a time than allowed", async () => {
    let [underWay, most] = [0, 0];
    const act = async () => {
      most = Math.max(most, ++underWay);
      await Promise.resolve();
      underWay--;
    };
    await forEachEnvironment(named("a", "b", "c", "d", "e"), "not done", act, 2);
    expect(most).toBe(2);
  });
});
