// What an S3 must do for Hangar, Airflow, boto3 and the AWS CLI, driven through the real SDK client. The same suite runs on
// our engine and on a second implementation, so that it is known to describe S3 and not only ourselves.
import type { S3Client } from "@aws-sdk/client-s3";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { bucketContract } from "./bucket-contract.ts";
import { checksumContract } from "./checksum-contract.ts";
import { listingContract } from "./listing-contract.ts";
import { multipartContract } from "./multipart-contract.ts";
import { objectContract } from "./object-contract.ts";
import { versioningContract } from "./versioning-contract.ts";

/** Guarantees an implementation does not keep: name of the test, and why that is no fault of the suite. */
export type Differences = Readonly<Record<string, string>>;

/** What the parts of the suite are given. */
export interface ContractContext {
  client(): S3Client;
  /** A fresh bucket; its name. */
  bucket(): Promise<string>;
  /** Registers one guarantee. A listed difference must really fail, so the list cannot outlive its reasons. */
  guarantee(name: string, check: () => Promise<void>): void;
}

/**
 * Registers the whole suite with vitest.
 * @param connect makes a client on the implementation under test; it is called once
 */
export function s3Contract(connect: () => Promise<{ client: S3Client }>, differences: Differences = {}): void {
  let client: S3Client;
  let count = 0;
  const run = Date.now().toString(36);
  const seen = new Set<string>();
  const context: ContractContext = {
    client: () => client,
    async bucket() {
      count += 1;
      const name = `contract-${run}-${count}`;
      await client.send(new CreateBucketCommand({ Bucket: name }));
      return name;
    },
    guarantee(name, check) {
      seen.add(name);
      const reason = differences[name];
      if (reason === undefined) test(name, check);
      else test.fails(`${name} (differs: ${reason})`, check);
    },
  };
  describe("S3", () => {
    beforeAll(async () => {
      ({ client } = await connect());
    });
    describe("buckets", () => bucketContract(context));
    describe("objects", () => objectContract(context));
    describe("checksums", () => checksumContract(context));
    describe("versions", () => versioningContract(context));
    describe("listings", () => listingContract(context));
    describe("multipart uploads", () => multipartContract(context));
    test("every listed difference is about a guarantee of this suite", () => {
      expect(Object.keys(differences).filter((name) => !seen.has(name))).toEqual([]);
    });
  });
}
