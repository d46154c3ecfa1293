import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { goodBucket, planned, recordIn } from "../testing/planned.ts";
import { bucketFit, canCreate, canDelete, notFound, sourceFit, versionFit } from "./gates.ts";
import { type EnvironmentStatus, environmentStatuses } from "./status.ts";

const thrown = (work: () => unknown): { name: string; message: string } => {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("Nothing was thrown.");
};

describe("the Airflow version", () => {
  it("answers the pool's image", () => expect(versionFit("3.3.1", testPool)).toBe("hangar/airflow:3.3.1"));

  it.each([
    ["9.9.9", "UnknownAirflowVersion", "AirflowVersion '9.9.9' is not offered. Choose one of: 3.3.1."],
    [
      "2.10.3",
      "UnsupportedAirflowVersion",
      "AirflowVersion '2.10.3' cannot run here: this pool has no image of it. Choose one of: 3.3.1.",
    ],
    [
      "3.0.6",
      "UnsupportedAirflowVersion",
      "pin kombu 5.5, which stalls on SQS; use 3.2.1 or newer. Choose one of: 3.3.1.",
    ],
    [
      "3.2.1",
      "UnsupportedAirflowVersion",
      "AirflowVersion '3.2.1' cannot run here: no Python of this machine can run it. Choose one of: 3.3.1.",
    ],
  ])("%s is refused with what can be chosen", (version, name, text) => {
    const refusal = thrown(() => versionFit(version, testPool));
    expect(refusal.name).toBe(name);
    expect(refusal.message).toContain(text);
  });

  it("is refused where the pool has no image of any, in words that do not offer one", () => {
    const refusal = thrown(() => versionFit("3.3.1", { ...testPool, images: {} }));
    expect(refusal.message).toBe(
      "AirflowVersion '3.3.1' cannot run here: this pool has no image of it. No version can be created here at the moment.",
    );
  });
});

describe("the source bucket", () => {
  const arn = "arn:aws:s3:::my-dags";
  const refused = (facts: Partial<typeof goodBucket>) => thrown(() => bucketFit(arn, { ...goodBucket, ...facts }));

  it("that is there, versioned and closed is accepted", () => expect(() => bucketFit(arn, goodBucket)).not.toThrow());

  it.each([
    [{ exists: false, versioned: false, publicAccessBlocked: false }, "SourceBucketMissing", "aws s3 mb s3://my-dags"],
    [
      { versioned: false, publicAccessBlocked: false },
      "SourceBucketNotVersioned",
      "aws s3api put-bucket-versioning --bucket my-dags --versioning-configuration Status=Enabled",
    ],
    [{ publicAccessBlocked: false }, "SourceBucketPublic", "aws s3api put-public-access-block --bucket my-dags"],
  ])("%j: the first refusal wins, and its message ends with the command that helps", (facts, name, command) => {
    const refusal = refused(facts);
    expect(refusal.name).toBe(name);
    expect(refusal.message).toContain(command);
  });

  it("open to the public is refused in the words MWAA has", () => {
    expect(refused({ publicAccessBlocked: false }).message).toContain(
      "Provided bucket does not have BlockPublicAccess set for s3 bucket my-dags",
    );
  });

  it("is never Hangar's own: it holds the objects of every environment", () => {
    const own = thrown(() => sourceFit("arn:aws:s3:::hangar-control", testPool));
    expect(own).toMatchObject({ name: "SourceBucketReserved", message: expect.stringContaining("aws s3 mb s3://") });
    expect(() => sourceFit(arn, testPool)).not.toThrow();
  });
});

describe("a create", () => {
  const { requestHash } = planned().environment;

  it("of a free name is new", () => expect(canCreate(undefined, requestHash)).toBe("new"));
  it("repeated with an equal body while CREATING is the same create: clients retry a lost answer", () => {
    expect(canCreate(recordIn("CREATING"), requestHash)).toBe("repeat");
  });

  it.each<[EnvironmentStatus, string]>([
    ...environmentStatuses
      .filter((status) => status !== "CREATING")
      .map((status): [EnvironmentStatus, string] => [status, requestHash]),
    ["CREATING", "another"],
  ])("of a name that is taken (%s) is refused", (status, hash) => {
    const refusal = thrown(() => canCreate(recordIn(status), hash));
    expect(refusal.name).toBe("DuplicateEnvironment");
    expect(refusal.message).toMatch(
      status === "DELETING"
        ? /^An environment named first is still being deleted\. Wait /
        : new RegExp(
            `^An environment named first already exists with status ${status}\\. Choose another name, or delete it`,
          ),
    );
  });
});

describe("a delete", () => {
  it("of nothing is not found, with how to see what there is", () => {
    expect(thrown(() => canDelete(undefined, "first"))).toMatchObject({
      name: "EnvironmentNotFound",
      message: notFound("first").message,
    });
    expect(notFound("first").message).toContain("aws mwaa list-environments");
  });

  it.each(["AVAILABLE", "CREATE_FAILED"] as const)("of one that is %s starts", (status) => {
    expect(canDelete(recordIn(status), "first")).toBe("start");
  });

  it("repeated while DELETING changes nothing, unless the one before it got stuck", () => {
    expect(canDelete(recordIn("DELETING"), "first")).toBe("repeat");
    expect(canDelete(recordIn("DELETING", { lastUpdate: { status: "FAILED", createdAt: 0 } }), "first")).toBe("start");
  });

  it("of one that is CREATING is refused in the sentence clients match", () => {
    const refusal = thrown(() => canDelete(recordIn("CREATING"), "first"));
    expect(refusal.name).toBe("EnvironmentBusy");
    expect(refusal.message).toContain(
      "Environments with CREATING status must complete previous operation before initiating a new operation",
    );
  });
});
