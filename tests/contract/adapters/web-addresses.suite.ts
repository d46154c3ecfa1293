// What every WebAddresses must guarantee: one host, one target group, closed or open, and nothing left behind.
import { expect, test } from "vitest";
import type { WebAddresses } from "../../../shared/ports/web-addresses.ts";

export interface WebAddressesSubject {
  readonly addresses: WebAddresses;
  /** ARN of the target group a request is forwarded to, or `closed`. */
  answeredBy(host: string, path: string): string | undefined | Promise<string | undefined>;
  targetGroups(): readonly string[] | Promise<readonly string[]>;
}

const address = (generation: number, host = "127.64.1.1") => ({
  targetGroup: `hangar-e1234567890-g${generation}`,
  host,
  healthPath: "/api/v2/version",
});

export function webAddressesContract(subject: () => WebAddressesSubject): void {
  const forwardedTo = async (host: string) => subject().answeredBy(host, "/api/v2/dags");
  const executionOf = async (host: string) => subject().answeredBy(host, "/execution/task-instances/1/run");

  test("an address is made once, however often it is asked for", async () => {
    const { addresses } = subject();
    const arn = await addresses.ensure(address(1));
    expect(await addresses.ensure(address(1))).toBe(arn);
    expect(await forwardedTo("127.64.1.1")).toBe(arn);
    expect(await subject().targetGroups()).toEqual(["hangar-e1234567890-g1"]);
  });

  test("a newer generation takes the host over, and removing the old one leaves it there", async () => {
    const { addresses } = subject();
    const newer = await addresses.ensure(address(2));
    expect(await forwardedTo("127.64.1.1")).toBe(newer);
    await addresses.remove(address(1));
    expect(await forwardedTo("127.64.1.1")).toBe(newer);
    expect(await subject().targetGroups()).toEqual(["hangar-e1234567890-g2"]);
  });

  test("addresses made at the same time do not take each other's place", async () => {
    const { addresses } = subject();
    const hosts = ["127.65.0.1", "127.65.0.2", "127.65.0.3"];
    const made = hosts.map((host, at) => ({ ...address(1, host), targetGroup: `hangar-e000000000${at}-g1` }));
    const arns = await Promise.all(made.map((one) => addresses.ensure(one)));
    expect(await Promise.all(hosts.map(forwardedTo))).toEqual(arns);
    for (const one of made) await addresses.remove(one);
  });

  test("a closed address lets through the Execution API alone, whatever target group it moves to, until it is opened", async () => {
    const { addresses } = subject();
    const [first, second] = [await addresses.ensure(address(2)), address(3)];
    const neighbour = { ...address(1, "127.64.1.2"), targetGroup: "hangar-e9999999999-g1" };
    const others = await addresses.ensure(neighbour);
    await addresses.ensure({ ...address(2), closed: true });
    expect([await forwardedTo("127.64.1.1"), await executionOf("127.64.1.1")]).toEqual(["closed", first]);
    const newer = await addresses.ensure({ ...second, closed: true });
    expect([await forwardedTo("127.64.1.1"), await executionOf("127.64.1.1")]).toEqual(["closed", newer]);
    expect([await forwardedTo("127.64.1.2"), await executionOf("127.64.1.2")]).toEqual([others, others]);
    await addresses.remove(neighbour);
    await addresses.ensure(second);
    expect([await forwardedTo("127.64.1.1"), await executionOf("127.64.1.1")]).toEqual([newer, newer]);
    expect(await addresses.ensure(address(2))).toBe(first);
    await addresses.remove(second);
    expect(await forwardedTo("127.64.1.1")).toBe(first);
  });

  test("a closed address that has moved on stays closed when the old target group goes, and is gone with its own", async () => {
    const { addresses } = subject();
    const newer = await addresses.ensure({ ...address(3), closed: true });
    await addresses.remove(address(2));
    expect([await forwardedTo("127.64.1.1"), await executionOf("127.64.1.1")]).toEqual(["closed", newer]);
    await addresses.remove(address(3));
    expect([await forwardedTo("127.64.1.1"), await executionOf("127.64.1.1")]).toEqual([undefined, undefined]);
    await addresses.ensure(address(2));
  });

  test("removed is gone, rule and target group, and a repeat is fine", async () => {
    const { addresses } = subject();
    await addresses.remove(address(2));
    await addresses.remove(address(2));
    expect(await forwardedTo("127.64.1.1")).toBeUndefined();
    expect(await subject().targetGroups()).toEqual([]);
  });
}
