import { describe, expect, test } from "vitest";
import { isLoopbackAddress, listeningAddress } from "./addresses.ts";
import { parseConfiguration, type RuleConfiguration } from "./configuration.ts";
import { fitsPattern, routeRequest } from "./routing.ts";

const rules: RuleConfiguration[] = [
  { priority: 20, hosts: ["127.77.0.1"], targetGroup: "one" },
  { priority: 10, hosts: ["127.77.0.1"], pathPatterns: ["/api/*"], targetGroup: "one-api" },
  { priority: 30, hosts: ["127.77.0.2"], targetGroup: "two" },
  { priority: 40, hosts: ["three.localhost"], targetGroup: "three" },
];

describe("a request", () => {
  test.each([
    ["goes to its host's group", "127.77.0.1", "127.77.0.1:8080", "/home", "one"],
    [
      "goes by the rule with the lowest priority number that fits",
      "127.77.0.1",
      "127.77.0.1",
      "/api/v2?x=/home",
      "one-api",
    ],
    ["to another host goes to that host's group", "127.77.0.2", "127.77.0.2", "/api/v2", "two"],
    ["for one environment on the address of another is nobody's", "127.77.0.2", "127.77.0.1", "/", undefined],
    ["with a foreign Host (DNS rebinding) is nobody's", "127.77.0.1", "evil.example", "/", undefined],
    ["without a Host is nobody's", "127.77.0.1", undefined, "/", undefined],
    ["for a name under .localhost comes in at 127.0.0.1", "127.0.0.1", "Three.localhost:8080", "/", "three"],
    ["for an unknown name under .localhost is nobody's", "127.0.0.1", "four.localhost", "/", undefined],
  ])("%s", (_name, address, host, path, group) => {
    const action = routeRequest(rules, address, host, path);
    expect(action && "targetGroup" in action ? action.targetGroup : undefined).toBe(group);
  });
});

test.each([
  ["/a/*", "/a/b/c", true],
  ["/a/*", "/b", false],
  ["/a/?", "/a/b", true],
  ["/a/?", "/a/", false],
  ["*", "/anything", true],
  ["/*.css", "/x/y.css", true],
  ["/*.css", "/x/y.css/z", false],
  ["/A", "/a", false],
  ["/*a*a*a*a*a*a*a*a*b", `/${"a".repeat(5_000)}`, false],
])("path pattern %s on %s", (pattern, text, fits) => {
  expect(fitsPattern(pattern, text)).toBe(fits);
});

test("only loopback is ever listened on or spoken to", () => {
  expect(["127.0.0.1", "127.77.0.12", "127.255.255.255"].every(isLoopbackAddress)).toBe(true);
  expect(
    ["0.0.0.0", "10.0.0.1", "127.1", "127.0.0.01", "127.0.0.256", "::1", "localhost"].some(isLoopbackAddress),
  ).toBe(false);
  expect(listeningAddress("demo.localhost")).toBe("127.0.0.1");
  expect(listeningAddress("localhost.example.com")).toBeUndefined();
  const healthCheck = {
    path: "/",
    intervalSeconds: 5,
    timeoutSeconds: 2,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
    successCodes: "200",
  };
  const configuration = (host: string, address: string) =>
    JSON.stringify({
      epoch: 1,
      port: 8080,
      rules: [{ priority: 1, hosts: [host], targetGroup: "group" }],
      targetGroups: {
        group: { healthCheck, deregistrationDelaySeconds: 30, targets: [{ id: "a", address, port: 80 }] },
      },
    });
  expect(parseConfiguration(configuration("127.77.0.1", "127.0.0.1")).epoch).toBe(1);
  expect(() => parseConfiguration(configuration("0.0.0.0", "127.0.0.1"))).toThrow(
    /listens on loopback only, not on 0.0.0.0/,
  );
  expect(() => parseConfiguration(configuration("127.77.0.1", "10.0.0.1"))).toThrow(
    /speaks to loopback only, not to 10.0.0.1/,
  );
});
