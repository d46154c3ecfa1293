import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { mwaaShapes } from "./mwaa-model.generated.ts";
import { bucketOfArn, environmentArn, queueArn, resourceNames, templateDatabase } from "./names.ts";
import { airflowOfferings } from "./offerings.ts";
import { scratchTemplate } from "./service-specs.ts";
import { executionName } from "./sweep.ts";

const environmentId = fc.stringMatching(/^e[a-z0-9]{10}$/);
const generation = fc.integer({ min: 1, max: 99_999 });
const named = fc.tuple(environmentId, generation).map(([id, count]) => resourceNames(id, count, testPool));

describe("physical names", () => {
  it("fit the service they are for, at any id and generation", () => {
    fc.assert(
      fc.property(named, (names) => {
        expect(names.targetGroup).toMatch(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/); // ELB: 32
        expect(names.queue).toMatch(/^[a-zA-Z0-9_-]{1,80}$/); // SQS
        expect(names.secret).toMatch(/^[a-zA-Z0-9/_+=.@-]{1,512}$/); // Secrets Manager
        expect(names.secret).not.toMatch(/-.{6}$/); // its ARNs end in a dash and six characters: such a name is ambiguous
        expect(names.prefix).toMatch(/^environments\/[a-z0-9]+\/$/);
        for (const service of Object.values(names.services)) expect(service).toMatch(/^[a-zA-Z0-9_-]{1,255}$/); // ECS
        for (const database of [names.metadataDatabase, names.metadataRole, names.celeryDatabase, names.celeryRole])
          expect(database).toMatch(/^[a-z_][a-z0-9_]{0,62}$/); // PostgreSQL, without quotes
      }),
    );
  });

  it("of templates fit PostgreSQL, with the id of the operation's environment in them", () => {
    for (const { version } of airflowOfferings) {
      expect(templateDatabase(version)).toMatch(/^[a-z_][a-z0-9_]{0,62}$/);
      const scratch = scratchTemplate(version, "e0123456789");
      expect(scratch.database).toMatch(/^[a-z_][a-z0-9_]{0,62}$/);
      expect(Object.values(scratch).every((name) => name.includes("e0123456789"))).toBe(true);
    }
  });

  it("of executions fit Step Functions and differ by operation and attempt", () => {
    const operation = {
      kind: "create-environment",
      environmentId: "e0123456789",
      operationId: "a".repeat(26),
      attempt: 1,
    } as const;
    expect(executionName(operation)).toMatch(/^[a-zA-Z0-9_-]{1,80}$/);
    expect(executionName({ ...operation, attempt: 2 })).not.toBe(executionName(operation));
    expect(executionName({ ...operation, operationId: "b".repeat(26) })).not.toBe(executionName(operation));
  });

  it("of two environments, or two generations of one, have nothing in common that would clash", () => {
    fc.assert(
      fc.property(environmentId, environmentId, (one, other) => {
        fc.pre(one !== other);
        const [a, b] = [one, other].map((id) =>
          flat(resourceNames(id, 1, { ...testPool, web: { kind: "domain", domain: "example.com", scheme: "https" } })),
        );
        expect(a!.filter((name) => b!.includes(name))).toEqual([]);
      }),
    );
    const [first, second] = [1, 2].map((count) => resourceNames("e0123456789", count, testPool));
    for (const key of ["queue", "targetGroup"] as const) expect(first![key]).not.toBe(second![key]);
    expect(Object.values(first!.services)).not.toEqual(Object.values(second!.services));
  });
});

describe("the address of an environment", () => {
  it("is a loopback address nobody uses by hand, with the pool's port", () => {
    fc.assert(
      fc.property(named, ({ webHost, webserver, webUrl }) => {
        const octets = webHost.split(".").map(Number);
        expect(octets).toHaveLength(4);
        expect(octets[0]).toBe(127);
        expect(octets[1]).toBeGreaterThanOrEqual(64);
        expect(octets[1]).toBeLessThan(128);
        expect(octets.every((octet) => Number.isInteger(octet) && octet >= 0 && octet <= 255)).toBe(true);
        expect(octets[3]).toBeGreaterThanOrEqual(1);
        expect(octets[3]).toBeLessThanOrEqual(254);
        expect(webUrl).toBe(`http://${webHost}:8080`);
        expect(webserver).toBe(`${webHost}:8080`);
      }),
    );
  });

  it("is an environment's own: of a hundred environments on one machine no two share one", () => {
    const hosts = Array.from(
      { length: 100 },
      (_, at) =>
        resourceNames(`e${(at * 2_654_435_761).toString(36).padStart(10, "0").slice(-10)}`, 1, testPool).webHost,
    );
    expect(new Set(hosts).size).toBe(100);
  });

  it("is a bare host under the pool's domain, as MWAA's WebserverUrl is", () => {
    const names = resourceNames("e0123456789", 1, {
      ...testPool,
      web: { kind: "domain", domain: "airflow.example.com", scheme: "https" },
    });
    expect(names.webserver).toBe("e0123456789.airflow.example.com");
    expect(names.webserver).toMatch(new RegExp(`^${mwaaShapes["Hostname"]!.pattern}$`));
    expect(names.webUrl).toBe("https://e0123456789.airflow.example.com");
  });
});

describe("ARNs", () => {
  it("have the forms the service model demands, in any partition", () => {
    const pool = { ...testPool, partition: "aws-cn", region: "cn-north-1", accountId: "123456789012" };
    expect(environmentArn("my_env-1", pool)).toBe("arn:aws-cn:airflow:cn-north-1:123456789012:environment/my_env-1");
    expect(environmentArn("my_env-1", pool)).toMatch(new RegExp(`^${mwaaShapes["EnvironmentArn"]!.pattern}$`));
    expect(queueArn(resourceNames("e0123456789", 1, pool), pool)).toMatch(
      new RegExp(`^${mwaaShapes["CeleryExecutorQueue"]!.pattern}$`),
    );
  });

  it("of a bucket name the bucket", () => expect(bucketOfArn("arn:aws-cn:s3:::my.dags-1")).toBe("my.dags-1"));
});

const flat = (value: unknown): unknown[] =>
  value !== null && typeof value === "object" ? Object.values(value).flatMap(flat) : [value];
