import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningProxy, startProxy } from "./proxy.ts";
import { callerKey, type StubUpstream, startStubUpstream, testRegion } from "./testing/stub-upstream.ts";

const python = fileURLToPath(new URL("../../.venv/tools/bin/python", import.meta.url));

/** Calls one operation of each host prefix. Names under localhost are resolved as systemd's resolver and browsers do. */
const program = `
import socket, sys, boto3
from botocore.config import Config
from botocore.exceptions import ClientError
real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **named: real("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **named)
mwaa = boto3.client("mwaa", endpoint_url=sys.argv[1], config=Config(retries={"total_max_attempts": 1}, proxies={}))
print(mwaa.list_environments(MaxResults=5)["Environments"])
mwaa.create_web_login_token(Name="first")
mwaa.publish_metrics(EnvironmentName="first", MetricData=[])
mwaa.tag_resource(ResourceArn="arn:aws:airflow:eu-west-1:000000000000:environment/first", Tags={"a b": "c"})
try:
    boto3.client("mwaa", endpoint_url=sys.argv[1], aws_access_key_id="x", aws_secret_access_key="y").get_environment(Name="first")
except ClientError as error:
    print(error.response["Error"]["Code"])
`;

describe.skipIf(!existsSync(python))("boto3 as it is (skipped where .venv/tools is not installed)", () => {
  let upstream: StubUpstream;
  let proxy: RunningProxy;
  beforeEach(async () => {
    upstream = await startStubUpstream();
    proxy = await startProxy({ target: upstream.target, port: 0, browserPort: 0 });
  });
  afterEach(async () => {
    await proxy.stop();
    await upstream.close();
  });

  it("reaches the service on bare, api., env. and ops. hosts with nothing but an endpoint URL", async () => {
    const shared = {
      PATH: process.env["PATH"],
      AWS_REGION: testRegion,
      AWS_DEFAULT_REGION: testRegion,
      AWS_ACCESS_KEY_ID: callerKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: callerKey.secretAccessKey,
      AWS_SESSION_TOKEN: callerKey.sessionToken,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
    };
    for (const extra of [{}, { AWS_DISABLE_HOST_PREFIX_INJECTION: "true" }]) {
      const env = { ...shared, ...extra };
      const { stdout } = await promisify(execFile)(python, ["-c", program, proxy.sdkUrl], { env, timeout: 60_000 });
      expect(stdout).toBe("['first']\nUnrecognizedClientException\n");
    }
    const tags = "/tags/arn%3Aaws%3Aairflow%3Aeu-west-1%3A000000000000%3Aenvironment%2Ffirst";
    const calls = [
      ["GET", "/environments?MaxResults=5", ""],
      ["POST", "/webtoken/first", ""],
      ["POST", "/metrics/environments/first", '{"MetricData": []}'],
      ["POST", tags, '{"Tags": {"a b": "c"}}'],
    ];
    const seen = upstream.received.map(({ method, url, body, signedFor }) => [method, url, body, signedFor]);
    expect(seen).toEqual([...calls, ...calls].map((call) => [...call, "execute-api"]));
  }, 120_000);
});
