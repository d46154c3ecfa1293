import { describe, expect, it } from "vitest";
import { HangarError } from "../domain/errors.ts";
import { retryConcurrent } from "./retry-concurrent.ts";

const lost = () => new HangarError("ConcurrentChange", "Another writer came first.");

describe("what lost a race", () => {
  it("is done again, and its answer is that of the time it came through", async () => {
    let tries = 0;
    const answer = await retryConcurrent(3, async () => {
      if (++tries < 3) throw lost();
      return tries;
    });
    expect(answer).toBe(3);
  });

  it("is given up after so many attempts", async () => {
    let tries = 0;
    const attempt = async () => {
      tries++;
      throw lost();
    };
    await expect(retryConcurrent(3, attempt)).rejects.toMatchObject({ name: "ConcurrentChange" });
    expect(tries).toBe(3);
  });

  it("is not done again for any other reason", async () => {
    let tries = 0;
    const attempt = async () => {
      tries++;
      throw new Error("no");
    };
    await expect(retryConcurrent(3, attempt)).rejects.toThrow("no");
    expect(tries).toBe(1);
  });
});
