// boto3 and the AWS CLI, unmodified, against the front door: what they sign must be what we verify. The engines behind it
// only record; what they answer is the business of their own suites.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServiceRequest, ServiceResponse } from "../../local/engine.ts";
import { openCredentials } from "../../local/front/credentials.ts";
import { type FrontDoor, startFrontDoor } from "../../local/front/front-door.ts";

const tools = join(import.meta.dirname, "../../.venv/tools/bin");
const run = promisify(execFile);
let folder: string;
let s3: Server;
let door: FrontDoor;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hangar-clients-"));
  const s3SocketPath = join(folder, "s3.sock");
  s3 = createServer((request, response) => {
    request
      .resume()
      .on("end", () => response.writeHead(200, { etag: '"abc"' }).end(request.method === "GET" ? "hello" : ""));
  });
  await new Promise<void>((resolve) => s3.listen(s3SocketPath, resolve));
  const credentials = openCredentials(join(folder, "keys.json"));
  const answering =
    (body: string) =>
    async (_: ServiceRequest): Promise<ServiceResponse> => ({
      status: 200,
      headers: { "content-type": "application/json" },
      body,
    });
  door = await startFrontDoor({
    port: 0,
    region: "us-east-1",
    accountId: "000000000000",
    credentials,
    sessionCredentials: () => undefined,
    engines: [
      {
        signingNames: ["sqs", "states", "dynamodb", "secretsmanager", "logs", "ecs", "events"],
        handle: answering("{}"),
      },
    ],
    s3SocketPath,
    apiGateway: answering('{"Environments":["a"],"Environment":{}}'),
    ecsMetadata: answering("{}") as never,
  });
  const key = credentials.named("operator");
  environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_ENDPOINT_URL: door.url,
    AWS_REGION: "us-east-1",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
    AWS_MAX_ATTEMPTS: "1",
  };
});
afterAll(async () => {
  await door.close();
  s3.close();
  rmSync(folder, { recursive: true, force: true });
});

const python = async (code: string) =>
  (await run(join(tools, "python"), ["-c", `import boto3, json, urllib.request\n${code}`], { env: environment }))
    .stdout;
const aws = async (...words: string[]) => (await run(join(tools, "aws"), words, { env: environment })).stdout;

test("boto3's MWAA client, with odd characters in path and query", async () => {
  const output = await python(`
m = boto3.client('mwaa')
print(m.list_environments(MaxResults=3)['Environments'])
m.get_environment(Name='a')
m.untag_resource(ResourceArn='arn:aws:airflow:us-east-1:000000000000:environment/x y', tagKeys=['a b', 'c+d', 'e/f=&~*\\''])
`);
  expect(output).toBe("['a']\n");
});

test("boto3's JSON clients", async () => {
  await python(`
boto3.client('sqs').list_queues(QueueNamePrefix='é')
boto3.client('stepfunctions').list_state_machines()
boto3.client('dynamodb').list_tables()
boto3.client('secretsmanager').list_secrets()
boto3.client('logs').describe_log_groups(logGroupNamePrefix='/aws/ä')
boto3.client('ecs').list_clusters()
boto3.client('events').list_rules()
`);
});

test("boto3's S3 client, with odd keys, metadata, ranges and every kind of presigned URL", async () => {
  const output = await python(`
from botocore.config import Config
s = boto3.client('s3')
for key in ['plain', 'a ü+/x~', '../up', 'a//b', 'per%25cent', "quote's*(!)", '=&?#']:
    s.put_object(Bucket='b', Key=key, Body=b'x' * 70000, Metadata={'a': 'b  c'}, ContentType='text/x')
    assert s.get_object(Bucket='b', Key=key, Range='bytes=0-1')['Body'].read() == b'hello'
    for version in ['s3v4', None]:
        client = boto3.client('s3', config=Config(signature_version=version)) if version else s
        url = client.generate_presigned_url('get_object', Params={'Bucket': 'b', 'Key': key, 'VersionId': '3', 'ResponseContentType': 'a/b'})
        assert urllib.request.urlopen(url).read() == b'hello', url
        url = client.generate_presigned_url('put_object', Params={'Bucket': 'b', 'Key': key, 'ContentType': 'text/x'})
        urllib.request.urlopen(urllib.request.Request(url, method='PUT', data=b'x', headers={'content-type': 'text/x'}))
expired = s.generate_presigned_url('get_object', Params={'Bucket': 'b', 'Key': 'k'}, ExpiresIn=-5)
try:
    urllib.request.urlopen(expired)
except urllib.error.HTTPError as error:
    print(error.code, 'Request has expired' in error.read().decode())
`);
  expect(output).toBe("403 True\n");
});

test("the refusals arrive as the exceptions boto3 knows", async () => {
  const output = await python(`
def code(call):
    try: call()
    except Exception as error: return error.response['Error']['Code']
bad = dict(aws_access_key_id='AKIAUNKNOWNUNKNOWNUN', aws_secret_access_key='x')
print(code(lambda: boto3.client('s3', **bad).get_object(Bucket='b', Key='k')))
print(code(lambda: boto3.client('mwaa', **bad).get_environment(Name='b')))
print(code(lambda: boto3.client('sqs', **bad).list_queues()))
print(code(lambda: boto3.client('sts', **bad).get_caller_identity()))
wrong = dict(aws_secret_access_key='x', aws_access_key_id='${environment["AWS_ACCESS_KEY_ID"]}')
print(code(lambda: boto3.client('s3', **wrong).list_buckets()))
`);
  expect(output.split("\n").slice(0, 5)).toEqual([
    "InvalidAccessKeyId",
    "UnrecognizedClientException",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
  ]);
});

test("the AWS CLI: mwaa, s3 cp, presign", async () => {
  expect(JSON.parse(await aws("mwaa", "list-environments")).Environments).toEqual(["a"]);
  const file = join(folder, "dag.py");
  writeFileSync(file, "x = 1\n");
  await aws("s3", "cp", file, "s3://b/dags/a dag.py");
  const url = (await aws("s3", "presign", "s3://b/dags/a dag.py")).trim();
  expect(await (await fetch(url)).text()).toBe("hello");
});
