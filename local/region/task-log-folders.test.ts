import { describe, expect, it } from "vitest";
import { unused } from "./task-log-folders.ts";

describe("folders of task logs", () => {
  it("go with the last service of their environment, and never before", () => {
    expect(unused(["eaaa", "ebbb"], ["hangar-eaaa-web-g1", "hangar-eaaa-worker-g2"])).toEqual(["ebbb"]);
    expect(unused(["eaa"], ["hangar-eaaa-web-g1"])).toEqual(["eaa"]);
  });
});
