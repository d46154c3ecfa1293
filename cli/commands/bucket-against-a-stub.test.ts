// The real command with AWS credentials of its own, against a stub of S3 that holds a bucket's notification settings.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { stubRegionOfFile } from "../testing/stub-region.ts";

const region = await stubRegionOfFile();
const queue =
  "<QueueConfiguration><Id>mine</Id><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue><Event>s3:ObjectCreated:*</Event>" +
  "<Filter><S3Key><FilterRule><Name>prefix</Name><Value>in/</Value></FilterRule></S3Key></Filter></QueueConfiguration>";
const document = (inner: string) =>
  `<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</NotificationConfiguration>`;

let settings: string | undefined;
let written: { body: string; skips: unknown }[] = [];
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const isAsked = /^\/my-dags\/?\?(.*&)?notification/.test(request.url ?? "");
  const isSigned = request.headers.authorization?.includes("AKIAMINE") ?? false;
  const refusal = !isSigned ? [403, "AccessDenied"] : !isAsked ? [404, "NoSuchBucket"] : undefined;
  if (refusal || settings === undefined) {
    const [status = 404, code = "NoSuchBucket"] = refusal ?? [];
    response.writeHead(Number(status)).end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
  } else if (request.method === "PUT") {
    written.push({
      body: Buffer.concat(chunks).toString(),
      skips: request.headers["x-amz-skip-destination-validation"],
    });
    response.end();
  } else response.end(document(settings));
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => void server.close());

const mine = {
  AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  ...{ AWS_ACCESS_KEY_ID: "AKIAMINE", AWS_SECRET_ACCESS_KEY: "mine", AWS_REGION: "us-east-1" },
};
const before = { ...process.env };
beforeEach(() => {
  Object.assign(process.env, mine);
  [settings, written] = [queue, []];
});
afterEach(() => {
  for (const name of Object.keys(mine)) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});
const enable = (...words: string[]) => region.hangar(["bucket", "enable-events", ...words]);

it("adds EventBridge to a bucket's notifications, keeps the others, and shows before and after", async () => {
  const ended = await enable("my-dags", "--aws", "--json");
  expect(ended.stderr).toBe("");
  const { Before, After } = JSON.parse(ended.stdout);
  expect(After).toEqual({ ...Before, EventBridgeConfiguration: {} });
  expect(Before.QueueConfigurations[0].Id).toBe("mine");
  expect(written).toHaveLength(1);
  expect(written[0]!.body).toContain("<Id>mine</Id>");
  expect(written[0]!.body).toMatch(/<Value>in\/<\/Value>/);
  expect(written[0]!.body).toMatch(
    /<EventBridgeConfiguration\s*\/>|<EventBridgeConfiguration><\/EventBridgeConfiguration>/,
  );
  expect(written[0]!.skips).toBe("true");
});

it("writes nothing with --dry-run, nor where it is on already", async () => {
  expect(await enable("my-dags", "--aws", "--dry-run")).toMatchObject({ code: 0 });
  settings = `${queue}<EventBridgeConfiguration></EventBridgeConfiguration>`;
  const ended = await enable("my-dags", "--aws");
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain("on already");
  expect(written).toEqual([]);
});

it("says whose keys are needed, and which bucket is missing", async () => {
  expect((await enable("other", "--aws")).code).toBe(4);
  process.env["AWS_ACCESS_KEY_ID"] = "AKIAOTHER";
  const ended = await enable("my-dags", "--aws");
  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain("s3:GetBucketNotification");
});

it("is not needed on one machine, for a bucket and for an environment's, and asks S3 nothing", async () => {
  region.serve({
    "GET /environments/first": () => ({
      body: { Environment: { Name: "first", SourceBucketArn: "arn:aws:s3:::its-dags" } },
    }),
  });
  expect((await enable("first")).stdout).toContain("its-dags");
  expect((await enable("my.dags")).stdout).toContain("not needed");
  expect(written).toEqual([]);
});
