import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { confirmSettings, replacePort, settleSettings } from "./settings.ts";

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
