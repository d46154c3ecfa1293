import { type KeyObject, verify } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { EnvironmentItem } from "../../shared/domain/items.ts";
import { createMemoryWorld } from "../../shared/testing/memory-world.ts";
import { recordIn } from "../../shared/testing/planned.ts";
import { withSigningKeys } from "../../state-machines/testing/available.ts";
import { caller } from "../../state-machines/testing/requests.ts";
import { createCliToken } from "./create-cli-token.ts";
import { createWebLoginToken } from "./create-web-login-token.ts";

const now = Date.UTC(2026, 0, 1);
let world: ReturnType<typeof createMemoryWorld>;
let environment: EnvironmentItem;
let key: KeyObject;
beforeEach(async () => {
  world = createMemoryWorld({ now });
  environment = recordIn("AVAILABLE");
  await world.environments.create(environment);
  key = withSigningKeys(world, environment.names.signInSecret);
});

const stranger = { arn: "arn:aws:sts::000000000000:assumed-role/Developer/ann", accountId: "000000000000" };
const web = (Role?: "Op" | "Public", who = caller, Name = "first") =>
  createWebLoginToken({ Name, ...(Role ? { Role } : {}) }, world.ports, who);
const cli = (who = caller, Name = "first") => createCliToken({ Name }, world.ports, who);

/** What a token says, once its signature was found good. */
function claimsOf(token: string): Record<string, unknown> {
  const [head, body, signature] = token.split(".");
  const good = verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature!, "base64url"));
  if (!good) throw new Error("The signature is not the environment's.");
  return JSON.parse(String(Buffer.from(body!, "base64url"))) as Record<string, unknown>;
}

describe("CreateWebLoginToken", () => {
  it("gives the creator a token as Admin, for this environment's web server and one minute", async () => {
    const answer = await web();
    expect(claimsOf(answer.WebToken)).toMatchObject({
      aud: `${environment.environmentId}/web`,
      sub: "user/operator",
      role: "Admin",
      exp: now / 1000 + 60,
    });
    expect(answer).toEqual({
      WebToken: answer.WebToken,
      WebServerHostname: environment.names.webserver,
      IamIdentity: "user/operator",
      AirflowIdentity: "user/operator",
    });
    expect(answer.WebServerHostname).toMatch(/^127\.[\d.]+:\d+$/);
  });

  it("gives the role the path names, which IAM has allowed by then: also a lesser one", async () => {
    expect(claimsOf((await web("Op")).WebToken)).toMatchObject({ role: "Op" });
    expect(claimsOf((await web("Op", stranger)).WebToken)).toMatchObject({
      role: "Op",
      sub: "assumed-role/Developer/ann",
    });
  });

  it("gives the role of the first entry that fits its caller", async () => {
    const access = [
      { principal: "arn:aws:sts::000000000000:assumed-role/Developer/*", role: "Viewer" },
      { principal: "*", role: "Admin" },
    ] as const;
    world.environments.items.set("first", { ...environment, access });
    expect(claimsOf((await web(undefined, stranger)).WebToken)).toMatchObject({ role: "Viewer" });
  });

  it("gives none without a role, and none for Public: no key is read for it", async () => {
    const refused = { name: "AirflowRoleMissing", message: expect.stringContaining("Airflow role") };
    await expect(web(undefined, stranger)).rejects.toMatchObject(refused);
    await expect(web("Public")).rejects.toMatchObject(refused);
    expect(world.calls).not.toContain("secretVault.read");
  });

  it("gives a name of at most 64 characters for Airflow, and the whole one as IamIdentity", async () => {
    const session = "s".repeat(64);
    const arn = `arn:aws:sts::000000000000:assumed-role/Developer/${session}`;
    const answer = await web("Op", { ...stranger, arn });
    expect(answer.IamIdentity).toBe(`assumed-role/Developer/${session}`);
    expect(answer.AirflowIdentity).toHaveLength(64);
    expect(claimsOf(answer.WebToken)["sub"]).toBe(answer.AirflowIdentity);
  });
});

describe("CreateCliToken", () => {
  it("gives a token for one command with all rights: who may ask is IAM's to say", async () => {
    const answer = await cli(stranger);
    expect(claimsOf(answer.CliToken)).toMatchObject({
      aud: `${environment.environmentId}/cli`,
      sub: "assumed-role/Developer/ann",
      role: "Admin",
      exp: now / 1000 + 60,
    });
    expect(answer).toEqual({ CliToken: answer.CliToken, WebServerHostname: environment.names.webserver });
  });
});

describe("either token", () => {
  it("is another one each time: each is accepted once", async () => {
    const tokens = [(await web()).WebToken, (await web()).WebToken, (await cli()).CliToken, (await cli()).CliToken];
    expect(new Set(tokens.map((token) => claimsOf(token)["jti"])).size).toBe(4);
  });

  it("is not given for a name nobody has, nor before there is a web server or after", async () => {
    for (const answer of [web(undefined, caller, "second"), cli(caller, "second")])
      await expect(answer).rejects.toMatchObject({ name: "EnvironmentNotFound" });
    for (const status of ["CREATING", "CREATE_FAILED", "DELETING"] as const) {
      world.environments.items.set("first", recordIn(status));
      for (const answer of [web(), cli()]) await expect(answer).rejects.toMatchObject({ name: "EnvironmentUnusable" });
    }
  });

  it("writes nothing", async () => {
    const before = world.calls.length;
    await web();
    await cli();
    const reads = ["environments.get", "secretVault.read"];
    expect(world.calls.slice(before).filter((call) => !reads.includes(call))).toEqual([]);
  });
});
