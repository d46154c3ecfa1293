import { createHash } from "node:crypto";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ListeningEngine, startEngine } from "./testing/listening-engine.ts";

let engine: ListeningEngine;

beforeAll(async () => {
  engine = await startEngine();
  await engine.send("PUT", "/bucket");
});
afterAll(() => engine.stop());

describe("conditional reads", () => {
  test("an answer of 304 names no checksum and no type: botocore would look for a body to check", async () => {
    const put = await engine.send("PUT", "/bucket/unchanged", { body: "same" });
    const headers = { "if-none-match": String(put.headers["etag"]), "x-amz-checksum-mode": "ENABLED" };
    const got = await engine.send("GET", "/bucket/unchanged", { headers });
    expect(got.status).toBe(304);
    expect(
      Object.keys(got.headers).filter((name) => name.startsWith("x-amz-checksum") || name === "content-type"),
    ).toEqual([]);
  });
});

describe("bodies", () => {
  const signature = "0".repeat(64);
  const chunk = (text: string) => `${text.length.toString(16)};chunk-signature=${signature}\r\n${text}\r\n`;

  test("signed chunks are stored without their signatures", async () => {
    const body = `${chunk("hello ")}${chunk("world")}0;chunk-signature=${signature}\r\n\r\n`;
    const headers = {
      "content-encoding": "aws-chunked,gzip",
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
      "x-amz-decoded-content-length": "11",
    };
    expect((await engine.send("PUT", "/bucket/signed", { headers, body })).status).toBe(200);
    const got = await engine.send("GET", "/bucket/signed");
    expect(got.text).toBe("hello world");
    expect(got.headers["content-encoding"]).toBe("gzip");
  });

  test("a signed trailer's checksum is verified", async () => {
    const put = (value: string) =>
      engine.send("PUT", "/bucket/trailer", {
        headers: {
          "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
          "x-amz-decoded-content-length": "9",
          "x-amz-trailer": "x-amz-checksum-crc32c",
        },
        body: `${chunk("123456789")}0;chunk-signature=${signature}\r\nx-amz-checksum-crc32c:${value}\r\nx-amz-trailer-signature:${signature}\r\n\r\n`,
      });
    expect((await put("4waSgw==")).headers["x-amz-checksum-crc32c"]).toBe("4waSgw==");
    const refused = await put("AAAAAA==");
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("<Code>BadDigest</Code>")]);
  });

  test("a chunked body that ends early, or is longer than declared, is refused", async () => {
    for (const [body, length] of [
      ["5\r\nhel", 5],
      ["5\r\nhello\r\n", 5],
      ["5\r\nhello\r\n0\r\n\r\n", 4],
      ["zz\r\nhello\r\n0\r\n\r\n", 5],
    ] as const) {
      const headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": String(length),
      };
      expect((await engine.send("PUT", "/bucket/short", { headers, body })).status).toBe(400);
    }
    expect((await engine.send("HEAD", "/bucket/short")).status).toBe(404);
  });

  test("a body that is not what was signed is refused and leaves no file", async () => {
    const before = engine.files().length;
    const sha256 = createHash("sha256").update("signed").digest("hex");
    const headers = { "x-amz-content-sha256": sha256 };
    const answer = await engine.send("PUT", "/bucket/forged", { headers, body: "forged" });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("XAmzContentSHA256Mismatch")]);
    expect(engine.files()).toHaveLength(before);
    expect((await engine.send("PUT", "/bucket/forged", { headers, body: "signed" })).status).toBe(200);
  });

  test("a body without a length is refused", async () => {
    const answer = await engine.send("PUT", "/bucket/k", { headers: { "transfer-encoding": "chunked" }, body: "1" });
    expect([answer.status, answer.text]).toEqual([411, expect.stringContaining("MissingContentLength")]);
  });

  test("a put of more than 5 GiB is refused before a byte of it is read", async () => {
    const headers = { "x-amz-decoded-content-length": String(5 * 1024 ** 3 + 1), "content-encoding": "aws-chunked" };
    const answer = await engine.send("PUT", "/bucket/k", { headers, body: "0\r\n\r\n" });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("EntityTooLarge")]);
  });

  test("a client that hangs up in the middle of a put leaves no object and no file", async () => {
    const before = engine.files().length;
    const socket = connect(engine.port, "127.0.0.1");
    socket.write(`PUT /bucket/cut HTTP/1.1\r\nhost: h\r\ncontent-length: 9000000\r\n\r\n${"x".repeat(3_000_000)}`);
    await expect.poll(() => engine.files().length).toBeGreaterThan(before);
    socket.destroy();
    await expect.poll(() => engine.files().length).toBe(before);
    expect((await engine.send("HEAD", "/bucket/cut")).status).toBe(404);
  });

  test("a refusal is heard although the client is still sending", async () => {
    const answer = await engine.send("PUT", "/no-such-bucket/k", { body: Buffer.alloc(4_000_000) });
    expect([answer.status, answer.text]).toEqual([404, expect.stringContaining("NoSuchBucket")]);
  });
});

describe("answers", () => {
  test("an error is S3's document, with request id and host id, and a HEAD has none", async () => {
    const headers = { "x-hangar-request-id": "REQUEST1" };
    const answer = await engine.send("GET", "/bucket/none%26", { headers });
    expect(answer.headers).toMatchObject({ "content-type": "application/xml", "x-amz-request-id": "REQUEST1" });
    expect(answer.text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>NoSuchKey<\/Code><Message>The specified key does not exist.<\/Message><Key>none&amp;<\/Key><Resource>\/bucket\/none%26<\/Resource><RequestId>REQUEST1<\/RequestId><HostId>.+<\/HostId><\/Error>$/,
    );
    const head = await engine.send("HEAD", "/bucket/none", { headers });
    expect([head.status, head.text]).toEqual([404, ""]);
  });

  test("what the engine does not implement is refused, never taken for a plain read or write", async () => {
    for (const [method, path] of [
      ["PUT", "/bucket?lifecycle"],
      ["PUT", "/bucket?policy"],
      ["GET", "/bucket?analytics"],
      ["GET", "/bucket/k?torrent"],
      ["PUT", "/bucket/k?retention"],
      ["POST", "/bucket/k?restore"],
      ["POST", "/bucket"],
    ] as const) {
      const answer = await engine.send(method, path, { body: "" });
      expect([method, path, answer.status]).toEqual([method, path, 501]);
      expect(answer.text).toContain("<Code>NotImplemented</Code>");
    }
    expect((await engine.send("PUT", "/bucket?acl", { body: "" })).text).toContain("AccessControlListNotSupported");
  });

  test("headers that ask for what is not there are refused", async () => {
    for (const [name, value, status] of [
      ["x-amz-server-side-encryption", "aws:kms", 501],
      ["x-amz-server-side-encryption-customer-algorithm", "AES256", 501],
      ["x-amz-storage-class", "GLACIER", 501],
      ["x-amz-storage-class", "NONE_SUCH", 400],
      ["x-amz-acl", "public-read", 400],
      ["x-amz-object-lock-mode", "GOVERNANCE", 400],
      ["x-amz-expected-bucket-owner", "999999999999", 403],
      ["if-none-match", '"etag"', 501],
    ] as const) {
      const answer = await engine.send("PUT", "/bucket/refused", { headers: { [name]: value }, body: "1" });
      expect([name, answer.status]).toEqual([name, status]);
    }
    expect((await engine.send("HEAD", "/bucket/refused")).status).toBe(404);
  });

  test("what a presigned query carries counts as headers", async () => {
    const query = "X-Amz-Signature=1&x-amz-meta-owner=m%C3%BCller&x-id=PutObject";
    await engine.send("PUT", `/bucket/presigned?${query}`, { body: "1" });
    const { headers } = await engine.send("HEAD", "/bucket/presigned");
    expect(Buffer.from(String(headers["x-amz-meta-owner"]), "latin1").toString("utf8")).toBe("müller");
  });

  test("a path that is not percent-encoded UTF-8 is refused", async () => {
    for (const path of ["/bucket/%ff", "/bucket/%", "/bucket/%00"]) {
      expect((await engine.send("PUT", path, { body: "1" })).text).toContain("<Code>InvalidURI</Code>");
    }
  });

  test("documents with entity declarations are refused unread", async () => {
    const body = '<!DOCTYPE x [<!ENTITY a "b">]><Delete><Object><Key>&a;</Key></Object></Delete>';
    expect((await engine.send("POST", "/bucket?delete", { body })).text).toContain("MalformedXML");
  });

  test("keys with control characters can be listed and deleted", async () => {
    await engine.send("PUT", "/bucket/control/%01%0A", { body: "1" });
    const listed = await engine.send("GET", "/bucket?list-type=2&prefix=control/");
    expect(listed.text).toContain("<Key>control/&#x1;&#xa;</Key>");
    const body = "<Delete><Object><Key>control/&#x1;&#10;</Key></Object></Delete>";
    expect((await engine.send("POST", "/bucket?delete", { body })).text).toContain("<Deleted>");
    expect((await engine.send("HEAD", "/bucket/control/%01%0A")).status).toBe(404);
  });
});

describe("events", () => {
  test("each change of an object is told once, in order, as AWS documents it", async () => {
    const last = engine.listener.pendingEvents(0, 100_000).at(-1)?.sequence ?? 0;
    await engine.send("PUT", "/versioned");
    const status = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await engine.send("PUT", "/versioned?versioning", { body: status });
    const headers = { "x-hangar-request-id": "R1", "x-hangar-account-id": "111111111111" };
    const put = await engine.send("PUT", "/versioned/a%20b", { headers, body: "12345" });
    await engine.send("PUT", "/versioned/copy", { headers: { "x-amz-copy-source": "versioned/a%20b" }, body: "" });
    await engine.send("DELETE", "/versioned/a%20b");
    await engine.send("DELETE", `/versioned/a%20b?versionId=${put.headers["x-amz-version-id"]}`);
    await engine.send("DELETE", "/bucket/never-was");
    const events = engine.listener.pendingEvents(last, 100);
    expect(events[0]?.event).toMatchObject({
      source: "aws.s3",
      "detail-type": "Object Created",
      region: "us-east-1",
      account: "111111111111",
      resources: ["arn:aws:s3:::versioned"],
      detail: {
        version: "0",
        bucket: { name: "versioned" },
        object: {
          key: "a b",
          size: 5,
          etag: createHash("md5").update("12345").digest("hex"),
          "version-id": put.headers["x-amz-version-id"],
          sequencer: expect.stringMatching(/^[0-9A-F]{18}$/),
        },
        "request-id": "R1",
        requester: "111111111111",
        reason: "PutObject",
      },
    });
    const told = events.map(({ event }) => {
      const detail = event.detail as { reason: string; "deletion-type"?: string };
      return [event["detail-type"], detail.reason, detail["deletion-type"]];
    });
    expect(told).toEqual([
      ["Object Created", "PutObject", undefined],
      ["Object Created", "CopyObject", undefined],
      ["Object Deleted", "DeleteObject", "Delete Marker Created"],
      ["Object Deleted", "DeleteObject", "Permanently Deleted"],
    ]);
    const sequencers = events.map(({ event }) => (event.detail["object"] as { sequencer: string }).sequencer);
    expect(sequencers).toEqual([...new Set(sequencers)].sort());
  });

  test("an acknowledged event does not come again", async () => {
    await engine.send("PUT", "/bucket/acknowledged", { body: "1" });
    const events = engine.listener.pendingEvents(0, 100_000);
    await engine.listener.acknowledgeEvents(events.map(({ sequence }) => sequence));
    expect(engine.listener.pendingEvents(0, 10)).toEqual([]);
  });
});
