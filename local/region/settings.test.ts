import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { confirmSettings, keepUnkind, replacePort, settleSettings } from "./settings.ts";

let folder: string;
const listening: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-settings-"));
});
afterEach(async () => {
  for (const server of listening.splice(0)) await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const fileOf = (home: string) => join(folder, `${home}.json`);
const stored = (home: string) => JSON.parse(readFileSync(fileOf(home), "utf8")) as Record<string, unknown>;
/** Binds a port as a region does once it serves. @returns false when another came first */
const bind = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      listening.push(server);
      resolve(true);
    });
  });

describe("ports of a region that never served", () => {
  it("that lost a port of two first starts at one moment get another, and keep the one they had", async () => {
    const [first, second] = await Promise.all(["a", "b"].map((home) => settleSettings(fileOf(home))));
    // whatever the two found free, one of them comes second
    writeFileSync(fileOf("b"), JSON.stringify({ ...second, webPort: first!.webPort, provisional: true }));
    const loser = await settleSettings(fileOf("b"));
    expect(await bind(first!.webPort)).toBe(true);
    expect(await bind(loser.webPort)).toBe(false);
    expect(await replacePort(fileOf("b"), loser.webPort)).toBe(true);
    const again = await settleSettings(fileOf("b"));
    expect(again.port).toBe(loser.port);
    expect([loser.webPort, again.port, 8080]).not.toContain(again.webPort);
    expect(await bind(again.webPort)).toBe(true);
  });

  it("stay as they are when no port of theirs was lost, so that a start that failed otherwise is repeated with them", async () => {
    const settings = await settleSettings(fileOf("a"));
    expect(await replacePort(fileOf("a"), 1)).toBe(false);
    expect(await settleSettings(fileOf("a"))).toEqual(settings);
    expect(await replacePort(fileOf("none"), 1)).toBe(false);
  });
});

describe("quotas someone wrote into the settings", () => {
  const write = (quotas: object) =>
    writeFileSync(
      fileOf("a"),
      JSON.stringify({ region: "us-east-1", accountId: "000000000000", port: 4566, webPort: 8080, quotas }),
    );

  it("are read with them, and kept when the ports are confirmed", async () => {
    write({ environments: 3 });
    confirmSettings(fileOf("a"));
    expect(await settleSettings(fileOf("a"))).toMatchObject({ quotas: { environments: 3 } });
  });

  it.each([{ environments: 0 }, { workers: 2.5 }, { workers: "ten" }])("are refused in words: %o", async (quotas) => {
    write(quotas);
    await expect(settleSettings(fileOf("a"))).rejects.toThrow(/whole numbers from 1/);
  });
});

describe("facts of scaling someone wrote into the settings", () => {
  const write = (scaling: unknown) =>
    writeFileSync(
      fileOf("a"),
      JSON.stringify({ region: "us-east-1", accountId: "000000000000", port: 4566, webPort: 8080, scaling }),
    );

  it("are read with them, and kept when the ports are confirmed", async () => {
    write({ surplusSeconds: 15, metricSeconds: 1 });
    confirmSettings(fileOf("a"));
    expect(await settleSettings(fileOf("a"))).toMatchObject({ scaling: { surplusSeconds: 15, metricSeconds: 1 } });
  });

  it.each([
    [{ metricSeconds: 2 }, /scaling\.metricSeconds: 2, which must be 1, 5, 10, 30 or 60/],
    [{ surplusSeconds: "15" }, /scaling\.surplusSeconds: "15", which must be/],
    [{ againSeconds: 1.5 }, /scaling\.againSeconds: 1\.5, which must be a whole number from 1 to 900/],
    [{ alarmSeconds: 15 }, /scaling\.alarmSeconds: 15, which must be 10, 20, 30 or 60/],
    [{ surplus: 15 }, /unknown scaling\.surplus \(known: metricSeconds, /],
    [{ staleSeconds: 9 }, /staleSeconds: 9, less than twice scaling\.metricSeconds, 5/],
    [[15], /no object/],
  ])("are refused in words, with what to do: %o", async (scaling, words) => {
    write(scaling);
    await expect(settleSettings(fileOf("a"))).rejects.toThrow(words);
    await expect(settleSettings(fileOf("a"))).rejects.toThrow(/Correct or restore it/);
  });
});

describe("settings written ahead of a region's first start", () => {
  it("are kept, and get their ports at the start", async () => {
    writeFileSync(fileOf("a"), JSON.stringify({ unkind: { seed: 7, off: ["sqs-late"] }, quotas: { workers: 3 } }));
    const settings = await settleSettings(fileOf("a"));
    expect(settings).toMatchObject({
      region: "us-east-1",
      unkind: { seed: 7, off: ["sqs-late"] },
      quotas: { workers: 3 },
    });
    expect(await settleSettings(fileOf("a"))).toEqual(settings);
    expect(stored("a")["provisional"]).toBe(true);
  });

  it("are refused in words when they are wrong, and a file that lost its ports is not taken for one", async () => {
    writeFileSync(fileOf("a"), JSON.stringify({ unkind: { seed: "seven" } }));
    await expect(settleSettings(fileOf("a"))).rejects.toThrow(/unkind\.seed: "seven", which must be a whole number/);
    writeFileSync(fileOf("a"), JSON.stringify({ unkind: { seed: 7 }, region: "us-east-1" }));
    await expect(settleSettings(fileOf("a"))).rejects.toThrow(/is not readable/);
  });
});

describe("unkind mode", () => {
  it("is kept before the first start as after it, and taken back with the ports as they were", async () => {
    keepUnkind(fileOf("a"), 7);
    const { unkind, ...ports } = await settleSettings(fileOf("a"));
    expect(unkind).toEqual({ seed: 7 });
    writeFileSync(fileOf("a"), JSON.stringify({ ...ports, unkind: { seed: 7, off: ["sqs-late"] } }));
    keepUnkind(fileOf("a"), 8);
    expect(await settleSettings(fileOf("a"))).toEqual({ ...ports, unkind: { seed: 8, off: ["sqs-late"] } });
    keepUnkind(fileOf("a"), undefined);
    expect(await settleSettings(fileOf("a"))).toEqual(ports);
  });
});

describe("ports of a region that has served", () => {
  it("are never chosen again, whoever has taken them: they stand in the settings of tasks", async () => {
    const { port, webPort } = await settleSettings(fileOf("a"));
    confirmSettings(fileOf("a"));
    const kept = stored("a");
    expect(await replacePort(fileOf("a"), port)).toBe(false);
    expect(await replacePort(fileOf("a"), webPort)).toBe(false);
    confirmSettings(fileOf("a"));
    expect(stored("a")).toEqual(kept);
    expect(await settleSettings(fileOf("a"))).toEqual({
      region: "us-east-1",
      accountId: "000000000000",
      port,
      webPort,
    });
  });

  it("are also those of settings an older Hangar wrote", async () => {
    const older = { region: "us-east-1", accountId: "000000000000", port: 4566, webPort: 8080 };
    writeFileSync(fileOf("a"), JSON.stringify(older));
    expect(await replacePort(fileOf("a"), 8080)).toBe(false);
    expect(await settleSettings(fileOf("a"))).toEqual(older);
  });
});
