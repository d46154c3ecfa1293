import { describe, expect, it } from "vitest";
import { s3Wishes } from "./s3-wishes.ts";

const asked = (method: string, target: string, headers: Record<string, string> = {}) =>
  s3Wishes({ method, target, headers }).map(
    (wish) => `${wish.action} ${typeof wish.target === "string" ? wish.target : `all of ${wish.target.within}`}`,
  );

describe("what an S3 request wants", () => {
  it.each([
    ["GET", "/", "s3:ListAllMyBuckets *"],
    ["GET", "/b?list-type=2&prefix=a%2F", "s3:ListBucket arn:aws:s3:::b"],
    ["GET", "/b/?versions", "s3:ListBucketVersions arn:aws:s3:::b"],
    ["HEAD", "/b", "s3:ListBucket arn:aws:s3:::b"],
    ["PUT", "/b", "s3:CreateBucket arn:aws:s3:::b"],
    ["PUT", "/b?versioning", "s3:PutBucketVersioning arn:aws:s3:::b"],
    ["GET", "/b/a/b%20c.py", "s3:GetObject arn:aws:s3:::b/a/b c.py"],
    ["HEAD", "/b/k?versionId=3", "s3:GetObjectVersion arn:aws:s3:::b/k"],
    ["PUT", "/b/k?x-id=PutObject", "s3:PutObject arn:aws:s3:::b/k"],
    ["PUT", "/b/k?partNumber=1&uploadId=u", "s3:PutObject arn:aws:s3:::b/k"],
    ["DELETE", "/b/k", "s3:DeleteObject arn:aws:s3:::b/k"],
    ["DELETE", "/b/k?versionId=3", "s3:DeleteObjectVersion arn:aws:s3:::b/k"],
    ["DELETE", "/b/k?uploadId=u", "s3:AbortMultipartUpload arn:aws:s3:::b/k"],
    ["GET", "/b/k?tagging&versionId=3", "s3:GetObjectVersionTagging arn:aws:s3:::b/k"],
  ])("%s %s: %s", (method, target, wish) => {
    expect(asked(method, target)).toEqual([wish]);
  });

  it("of many deletions is all objects of the bucket, with their versions: which, stands in the body", () => {
    expect(asked("POST", "/b?delete")).toEqual([
      "s3:DeleteObject all of arn:aws:s3:::b/",
      "s3:DeleteObjectVersion all of arn:aws:s3:::b/",
    ]);
  });

  it("of a copy is to read the source as well, wherever it is named", () => {
    const written = "s3:PutObject arn:aws:s3:::b/k";
    expect(asked("PUT", "/b/k", { "x-amz-copy-source": "/other/se%63ret" })).toEqual([
      written,
      "s3:GetObject arn:aws:s3:::other/secret",
    ]);
    expect(asked("PUT", "/b/k", { "x-amz-copy-source": "other/a%3Fb?versionId=7" })).toEqual([
      written,
      "s3:GetObjectVersion arn:aws:s3:::other/a?b",
    ]);
    expect(asked("PUT", "/b/k", { "x-amz-copy-source": "other/a?b" })).toEqual([
      written,
      "s3:GetObject arn:aws:s3:::other/a?b",
    ]);
    expect(asked("PUT", "/b/k?X-Amz-Copy-Source=other%2Fs")).toEqual([written, "s3:GetObject arn:aws:s3:::other/s"]);
  });

  it("that could be two operations is both", () => {
    expect(asked("GET", "/b?list-type=2&versions")).toEqual([
      "s3:ListBucket arn:aws:s3:::b",
      "s3:ListBucketVersions arn:aws:s3:::b",
    ]);
  });

  it("that no table knows is still asked for by a name, so that nothing is allowed by default", () => {
    expect(asked("POST", "/b/k")).toEqual(["s3:POST arn:aws:s3:::b/k"]);
    expect(asked("POST", "/b?versions")).toEqual(["s3:POST:versions arn:aws:s3:::b"]);
  });
});
