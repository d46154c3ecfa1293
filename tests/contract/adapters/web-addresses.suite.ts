// What every WebAddresses must guarantee: one host, one target group, and nothing left behind.
import { expect, test } from "vitest";
import type { WebAddresses } from "../../../shared/ports/web-addresses.ts";

export interface WebAddressesSubject {
  readonly addresses: WebAddresses;
  /** ARN of the target group a host is forwarded to. */
  forwardedTo(host: string): string | undefined | Promise<string | undefined>;
  targetGroups(): readonly string[] | Promise<readonly string[]>;
}

const address = (generation: number, host = "127.64.1.1") => ({
  targetGroup: `hangar-e1234567890-g${generation}`,
  host,
  healthPath: "/api/v2/version",
});

export function webAddressesContract(subject: () => WebAddressesSubject): void {
  test("an address is made once, however often it is asked for", async () => {
    const { addresses } = subject();
    const arn = await addresses.ensure(address(1));
    expect(await addresses.ensure(address(1))).toBe(arn);
    expect(await subject().forwardedTo("127.64.1.1")).toBe(arn);
    expect(await subject().targetGroups()).toEqual(["hangar-e1234567890-g1"]);
  });

  test("a newer generation takes the host over, and removing the old one leaves it there", async () => {
    const { addresses } = subject();
    const newer = await addresses.ensure(address(2));
    expect(await subject().forwardedTo("127.64.1.1")).toBe(newer);
    await addresses.remove(address(1));
    expect(await subject().forwardedTo("127.64.1.1")).toBe(newer);
    expect(await subject().targetGroups()).toEqual(["hangar-e1234567890-g2"]);
  });

  test("addresses made at the same time do not take each other's place", async () => {
    const { addresses } = subject();
    const hosts = ["127.65.0.1", "127.65.0.2", "127.65.0.3"];
    const made = hosts.map((host, at) => ({ ...address(1, host), targetGroup: `hangar-e000000000${at}-g1` }));
    const arns = await Promise.all(made.map((one) => addresses.ensure(one)));
    expect(await Promise.all(hosts.map((host) => subject().forwardedTo(host)))).toEqual(arns);
    for (const one of made) await addresses.remove(one);
  });

  test("removed is gone, rule and target group, and a repeat is fine", async () => {
    const { addresses } = subject();
    await addresses.remove(address(2));
    await addresses.remove(address(2));
    expect(await subject().forwardedTo("127.64.1.1")).toBeUndefined();
    expect(await subject().targetGroups()).toEqual([]);
  });
}
