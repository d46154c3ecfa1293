import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pageAfter, pageToken } from "./paging.ts";

describe("a page token", () => {
  it("goes on after the name it was made of", () => {
    const name = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom("ä", "環境", "😀"));
    fc.assert(
      fc.property(name, (last) => {
        expect(pageAfter(pageToken(last))).toBe(last);
      }),
    );
  });

  it("fits the length the model gives NextToken, for the longest name", () => {
    expect(pageToken("a".repeat(80)).length).toBeLessThanOrEqual(2048);
  });

  it.each([undefined, ""])("that is absent (%j) starts the list", (token) => expect(pageAfter(token)).toBeUndefined());

  it.each([
    "first",
    pageToken("first").slice(0, -1),
    `${pageToken("first")}=`,
    pageToken(""),
    "MTpmaXJzdA#",
    Buffer.from("2:first").toString("base64url"),
  ])("this service did not make is refused: %s", (token) =>
    expect(() => pageAfter(token)).toThrow(expect.objectContaining({ name: "InvalidRequest" })),
  );
});
