import type { APIGatewayProxyEventV2WithIAMAuthorizer } from "aws-lambda";
import { expect, test } from "vitest";
import { allowingAuthority } from "../auth/testing/allowing.ts";
import type { ServiceRequest } from "../engine.ts";
import type { InvokeResult } from "../lambda/wiring.ts";
import { testRequest } from "../sqs/testing/small-engine.ts";
import { createApiGateway } from "./gateway.ts";

const routes = [
  { method: "GET", path: "/environments", function: "list", action: "ListEnvironments", resource: "any" },
  { method: "GET", path: "/environments/{Name}", function: "get", action: "GetEnvironment", resource: "environment" },
  {
    method: "PUT",
    path: "/environments/{Name}",
    function: "create",
    action: "CreateEnvironment",
    resource: "environment",
  },
  {
    method: "DELETE",
    path: "/tags/{ResourceArn}",
    function: "untag",
    action: "UntagResource",
    resource: "environment",
  },
] as const;

const request = (method: string, rawPath: string, more: Partial<ServiceRequest> = {}): ServiceRequest =>
  testRequest({
    method,
    rawPath,
    headers: { host: "api.127.0.0.1:4566", "user-agent": "boto3" },
    caller: { accountId: "000000000000", accessKeyId: "AKIA", arn: "arn:aws:iam::000000000000:user/operator" },
    requestId: "request-1",
    ...more,
  });

function gateway(answer: InvokeResult = { payload: { statusCode: 200, body: "{}" } }) {
  const calls: { name: string; event: APIGatewayProxyEventV2WithIAMAuthorizer }[] = [];
  const handle = createApiGateway({
    routes,
    authority: allowingAuthority,
    region: "us-east-1",
    now: () => Date.UTC(2026, 10, 22, 23, 44, 35),
    async invoke(name, event) {
      calls.push({ name, event: event as APIGatewayProxyEventV2WithIAMAuthorizer });
      return answer;
    },
  });
  return { handle, calls };
}

test("a request reaches the function of its route, with who called", async () => {
  const { handle, calls } = gateway();
  const body = Buffer.from('{"AirflowVersion":"3.3.1"}');
  await handle(request("PUT", "/environments/first", { body, rawQuery: "" }));
  expect(calls[0]?.name).toBe("create");
  expect(calls[0]?.event).toMatchObject({
    version: "2.0",
    routeKey: "PUT /environments/{Name}",
    pathParameters: { Name: "first" },
    body: '{"AirflowVersion":"3.3.1"}',
    isBase64Encoded: false,
    requestContext: {
      accountId: "000000000000",
      requestId: "request-1",
      stage: "$default",
      time: "22/Nov/2026:23:44:35 +0000",
      authorizer: {
        iam: { accessKey: "AKIA", accountId: "000000000000", userArn: "arn:aws:iam::000000000000:user/operator" },
      },
      http: { method: "PUT", path: "/environments/first", userAgent: "boto3" },
    },
  });
});

test("an ARN in the path is one segment, decoded once; a repeated query name is joined by commas", async () => {
  const { handle, calls } = gateway();
  const rawPath = "/tags/arn%3Aaws%3Aairflow%3Aus-east-1%3A000000000000%3Aenvironment%2Fa%2525";
  await handle(request("DELETE", rawPath, { rawQuery: "tagKeys=a&tagKeys=b%20c" }));
  expect(calls[0]?.event.pathParameters).toEqual({
    ResourceArn: "arn:aws:airflow:us-east-1:000000000000:environment/a%25",
  });
  expect(calls[0]?.event.queryStringParameters).toEqual({ tagKeys: "a,b c" });
  expect(calls[0]?.event.rawQueryString).toBe("tagKeys=a&tagKeys=b%20c");
});

test("a body that is no text arrives as base64", async () => {
  const { handle, calls } = gateway();
  await handle(request("PUT", "/environments/a", { body: Buffer.from([0xff, 0x00]) }));
  expect(calls[0]?.event).toMatchObject({ body: "/wA=", isBase64Encoded: true });
});

test.each([
  ["GET", "/nothing", 404],
  ["POST", "/environments/a", 404],
  ["GET", "/environments/", 404],
  ["GET", "/environments/a/b", 404],
  ["GET", "/environments/%E0%A4%A", 400],
])("%s %s has no route: %i, as API Gateway says it", async (method, path, status) => {
  const { handle, calls } = gateway();
  const response = await handle(request(method, path));
  expect(response.status).toBe(status);
  expect(JSON.parse(String(response.body))).toHaveProperty("message");
  expect(calls).toHaveLength(0);
});

test("status, headers and body of the function's answer are the response, with the request's ids", async () => {
  const { handle } = gateway({
    payload: {
      statusCode: 404,
      headers: { "X-Amzn-ErrorType": "ResourceNotFoundException", n: 1 },
      body: '{"message":"no"}',
    },
  });
  const response = await handle(request("GET", "/environments/a"));
  expect(response).toMatchObject({ status: 404, body: '{"message":"no"}' });
  expect(response.headers).toMatchObject({
    "x-amzn-errortype": "ResourceNotFoundException",
    "x-amzn-requestid": "request-1",
    "apigw-requestid": "request-1",
    n: "1",
  });
});

test("a plain value is the JSON body of a 200, and base64 is decoded", async () => {
  const plain = await gateway({ payload: { a: 1 } }).handle(request("GET", "/environments"));
  expect(plain).toMatchObject({ status: 200, body: '{"a":1}' });
  const binary = { statusCode: 200, body: "/wA=", isBase64Encoded: true };
  const decoded = await gateway({ payload: binary }).handle(request("GET", "/environments"));
  expect(decoded.body).toEqual(Buffer.from([0xff, 0x00]));
});

test("a function's own error never goes out; one that may be repeated is a 503, and one of the caller's size a 413", async () => {
  const thrown = await gateway({ errorType: "TypeError", errorMessage: "secret" }).handle(
    request("GET", "/environments"),
  );
  expect(thrown).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
  const lost = await gateway({ errorType: "Lambda.Unknown", errorMessage: "" }).handle(request("GET", "/environments"));
  expect(lost.status).toBe(503);
  const large = { errorType: "Lambda.RequestTooLargeException", errorMessage: "Request must be smaller than" };
  const tooLarge = await gateway(large).handle(request("GET", "/environments"));
  expect(tooLarge).toMatchObject({ status: 413, body: '{"message":"Request Entity Too Large"}' });
  const garbled = await gateway({ payload: { statusCode: "x" } }).handle(request("GET", "/environments"));
  expect(garbled.status).toBe(500);
});
