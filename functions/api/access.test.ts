import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryWorld } from "../../shared/testing/memory-world.ts";
import { recordIn } from "../../shared/testing/planned.ts";
import { withSigningKeys } from "../../state-machines/testing/available.ts";
import { caller } from "../../state-machines/testing/requests.ts";
import { createWebLoginToken } from "./create-web-login-token.ts";
import { getAccess } from "./get-access.ts";
import { putAccess } from "./put-access.ts";

let world: ReturnType<typeof createMemoryWorld>;
beforeEach(async () => {
  world = createMemoryWorld({ now: 0 });
  const environment = recordIn("AVAILABLE");
  await world.environments.create(environment);
  withSigningKeys(world, environment.names.signInSecret);
});
type Entries = Parameters<typeof putAccess>[0]["Entries"];
const put = (Entries: Entries, Name = "first") => putAccess({ Name, Entries }, world.ports);
const get = (Name = "first") => getAccess({ Name }, world.ports);
const roleOf = async () => {
  const { WebToken } = await createWebLoginToken({ Name: "first" }, world.ports, caller);
  return (JSON.parse(String(Buffer.from(WebToken.split(".")[1]!, "base64url"))) as { role: string }).role;
};

describe("the access table", () => {
  it("holds its creator as Admin, and nobody else", async () => {
    expect(await get()).toEqual({ Entries: [{ Principal: caller.arn, Role: "Admin" }] });
  });

  it("is replaced as a whole, and shown in the order in which it is read", async () => {
    const Entries: Entries = [
      { Principal: "arn:aws:iam::000000000000:user/b*", Role: "Viewer" },
      { Principal: "*", Role: "User" },
      { Principal: caller.arn, Role: "Admin" },
    ];
    expect(await put(Entries)).toEqual({});
    expect(await get()).toEqual({ Entries });
  });

  it("counts from the next sign-in on; an empty one lets nobody in", async () => {
    expect(await roleOf()).toBe("Admin");
    await put([
      { Principal: "*", Role: "Viewer" },
      { Principal: caller.arn, Role: "Admin" },
    ]);
    expect(await roleOf()).toBe("Viewer");
    await put([]);
    await expect(roleOf()).rejects.toMatchObject({ name: "AirflowRoleMissing" });
  });

  it("can be replaced while an operation is at work, which stays the record's", async () => {
    world.environments.items.set("first", recordIn("UPDATING", { operationId: "u".repeat(26) }));
    await put([]);
    expect(await world.environments.get("first")).toMatchObject({ status: "UPDATING", operationId: "u".repeat(26) });
  });

  it("of a name nobody has is not found", async () => {
    await expect(get("second")).rejects.toMatchObject({ name: "EnvironmentNotFound" });
    await expect(put([], "second")).rejects.toMatchObject({ name: "EnvironmentNotFound" });
  });
});
