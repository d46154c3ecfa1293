import { describe, expect, it } from "vitest";
import { readForm } from "./query-protocol.ts";

describe("forms", () => {
  it("nest by dots, and lists come in the order of their numbers", () => {
    const form = new URLSearchParams("Action=X&Version=1&N=a&L.member.2.K=two&L.member.10.K=ten&L.member.1.K=one");
    expect(readForm(form)).toEqual({ N: "a", L: [{ K: "one" }, { K: "two" }, { K: "ten" }] });
  });

  it("cannot reach the prototype of anything", () => {
    const read = readForm(new URLSearchParams("__proto__.polluted=yes&constructor.prototype.polluted=yes"));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.hasOwn(read, "constructor")).toBe(true);
  });
});
