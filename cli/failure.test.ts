import { describe, expect, it } from "vitest";
import { asFailure, exitCodes, Failure, failureText } from "./failure.ts";

describe("what went wrong", () => {
  it("is told in three lines: what, why, and a fix that can be pasted", () => {
    expect(failureText(new Failure("no region runs here", { why: "nothing serves /home", fix: "npx hangar up" }))).toBe(
      "error: no region runs here\n  why: nothing serves /home\n  fix: npx hangar up",
    );
  });

  it("has no empty lines where there is nothing to say", () => {
    expect(failureText(new Failure("stopped"))).toBe("error: stopped");
  });

  it("ends with an exit code a script can tell apart, 1 when nothing better is known", () => {
    expect(new Failure("x").exitCode).toBe(1);
    expect(new Failure("x", { exitCode: exitCodes.notFound }).exitCode).toBe(4);
    expect(new Set(Object.values(exitCodes)).size).toBe(Object.values(exitCodes).length);
    expect(Object.values(exitCodes)).not.toContain(0);
  });

  it.each([
    [new Error("disk full"), "disk full"],
    ["text", "text"],
    [new Error(""), "something failed without a message"],
    [undefined, "undefined"],
  ])("is a Failure whatever was thrown: %j", (thrown, message) => {
    const failure = asFailure(thrown);
    expect(failure).toMatchObject({ name: "Failure", message, exitCode: 1 });
    expect(failure.cause).toBe(thrown);
  });

  it("that is a Failure already stays the same one", () => {
    const failure = new Failure("x");
    expect(asFailure(failure)).toBe(failure);
  });
});
