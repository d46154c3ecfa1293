import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { identityOf } from "../../local/process-identity.ts";
import { deployedTarget, regionTarget } from "./credentials.ts";

const found = async () => ({ accessKeyId: "ASIA", secretAccessKey: "secret" });
const api = "https://abc123.execute-api.eu-west-1.amazonaws.com";

describe("an API in AWS", () => {
  it("says its region in its name, which wins over the caller's own", async () => {
    expect(await deployedTarget(api, "us-east-1", found)).toMatchObject({ region: "eu-west-1", webScheme: "https" });
    const china = "https://abc123.execute-api.cn-north-1.amazonaws.com.cn/";
    expect((await deployedTarget(china, undefined, found)).identityEndpoint.host).toBe(
      "sts.cn-north-1.amazonaws.com.cn",
    );
  });

  it("may have a domain of its own, if the region is said", async () => {
    const own = "https://hangar.example.com";
    expect(await deployedTarget(own, "eu-north-1", found)).toMatchObject({ region: "eu-north-1" });
    await expect(deployedTarget(own, undefined, found)).rejects.toThrow("region of hangar.example.com is not known");
  });

  it("is not spoken to in clear text, nor with a user, password or query in its address", async () => {
    const refused = [
      api.replace("https", "http"),
      "http://10.0.0.1:80",
      "http://localhost.evil.example",
      "ftp://x",
      "x",
    ];
    for (const endpoint of [...refused, `${api}?a`, api.replace("//", "//user:password@")]) {
      await expect(deployedTarget(endpoint, "eu-west-1", found), endpoint).rejects.toMatchObject({ exitCode: 2 });
    }
  });

  it("is called with temporary credentials until they expire", async () => {
    const expiration = new Date("2026-11-23T13:00:00Z");
    const { credentials } = await deployedTarget(api, undefined, async () => ({
      ...(await found()),
      sessionToken: "session",
      expiration,
    }));
    expect(credentials).toEqual({
      accessKeyId: "ASIA",
      secretAccessKey: "secret",
      sessionToken: "session",
      expiresAt: expiration.getTime(),
    });
  });

  it("says what to do when there are no credentials", async () => {
    const none = () => Promise.reject(new Error("nothing in the chain"));
    await expect(deployedTarget(api, undefined, none)).rejects.toMatchObject({
      why: "nothing in the chain",
      fix: expect.stringContaining("AWS_PROFILE"),
      exitCode: 3,
    });
  });
});

describe("the region of this machine", () => {
  it("is called as its operator, or as the user named", () => {
    const home = mkdtempSync(join(tmpdir(), "hangar-proxy-home-"));
    try {
      mkdirSync(join(home, "run"));
      const identity = identityOf(process.pid);
      const region = { ...identity, url: "http://127.0.0.1:1", region: "eu-west-1", accountId: "0", webPort: 2 };
      writeFileSync(join(home, "run", "region.json"), JSON.stringify(region));
      const keys = {
        operator: { accessKeyId: "AKIDOPERATOR", secretAccessKey: "a" },
        tasks: { accessKeyId: "AKIDTASKS" },
      };
      writeFileSync(join(home, "credentials.json"), JSON.stringify(keys));
      const operator = { accessKeyId: "AKIDOPERATOR", secretAccessKey: "a" };
      expect(regionTarget(home)).toMatchObject({ region: "eu-west-1", credentials: operator, webScheme: "http" });
      expect(regionTarget(home, "tasks").credentials.accessKeyId).toBe("AKIDTASKS");
      expect(() => regionTarget(home, "nobody")).toThrow("no key of nobody");
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
