import { describe, expect, it } from "vitest";
import * as z from "zod";
import { HangarError } from "../domain/errors.ts";
import { CreateWebLoginTokenRequest, InvokeRestApiRequest } from "../domain/requests.ts";
import { apiHandler, type Caller } from "./api-handler.ts";

const Request = z
  .object({
    Name: z.string(),
    Count: z.int("Member must be an integer").optional(),
    MaxResults: z.string().optional(),
  })
  .meta({ query: ["MaxResults"] });
type Inner = (request: z.infer<typeof Request>, ports: { readonly there: boolean }, caller: Caller) => Promise<unknown>;

const context = { awsRequestId: "request-1" } as never;
const event = (changes: object = {}) =>
  ({
    routeKey: "PUT /environments/{Name}",
    pathParameters: { Name: "first" },
    requestContext: {},
    isBase64Encoded: false,
    ...changes,
  }) as never;

async function call(inner: Inner, changes: object = {}) {
  const answer = await apiHandler(Request, inner, () => ({ there: true }))(event(changes), context);
  return { ...answer, body: JSON.parse(String((answer as { body: string }).body)) } as {
    statusCode: number;
    headers: Record<string, string>;
    body: Record<string, unknown>;
  };
}
const echo: Inner = async (request) => request;

describe("the API door", () => {
  it("hands path, query and body over as one request, and answers JSON", async () => {
    const answer = await call(echo, { body: '{"Count":2}', queryStringParameters: { MaxResults: "5" } });
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { "content-type": "application/json" },
      body: { Name: "first", Count: 2, MaxResults: "5" },
    });
  });

  it("lets no body rename the environment: the path's name is the one that was authorised", async () => {
    expect((await call(echo, { body: '{"Name":"another"}' })).body).toEqual({ Name: "first" });
  });

  it("takes from the query what belongs there and nothing else: a signed body is what was asked", async () => {
    const answer = await call(echo, { body: '{"Count":2}', queryStringParameters: { Count: "7", Name: "another" } });
    expect(answer.body).toEqual({ Name: "first", Count: 2 });
  });

  it.each([
    ["CreateWebLoginToken", CreateWebLoginTokenRequest],
    ["InvokeRestApi", InvokeRestApiRequest],
  ] as const)("lets no body of %s choose a role: IAM has judged the path alone", async (_, schema) => {
    const handler = apiHandler<object, object>(
      schema,
      async (request) => request,
      () => ({}),
    );
    const roleOf = async (pathParameters: object) => {
      const body = JSON.stringify({ Role: "Admin", Path: "/dags", Method: "GET" });
      const answer = (await handler(event({ body, pathParameters }), context)) as { body: string };
      return (JSON.parse(answer.body) as { Role?: string }).Role;
    };
    expect(await roleOf({ Name: "first" })).toBeUndefined();
    expect(await roleOf({ Name: "first", Role: "Viewer" })).toBe("Viewer");
  });

  it.each([
    ["nested without end", `{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`, false],
    ["no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString("base64"), true],
  ])("refuses a body that is %s", async (_, body, isBase64Encoded) => {
    expect(await call(echo, { body, isBase64Encoded })).toMatchObject({ statusCode: 400 });
  });

  it.each([
    [new HangarError("AccessDenied", "No."), 403, { Message: "No.", __type: "AccessDeniedException" }],
    [
      new HangarError("RestApiClient", "Airflow answered 404.", {
        members: { RestApiStatusCode: 404, RestApiResponse: { title: "Not Found" } },
      }),
      400,
      { RestApiStatusCode: 404, RestApiResponse: { title: "Not Found" }, __type: "RestApiClientException" },
    ],
  ])("words %s as the service model does", async (error, statusCode, body) => {
    const answer = await call(async () => {
      throw error;
    });
    expect(answer).toMatchObject({ statusCode, body });
    expect(answer.body).not.toHaveProperty("message");
  });

  it("reads a body API Gateway has encoded, and takes no body for none", async () => {
    const body = Buffer.from('{"Count":3}').toString("base64");
    expect((await call(echo, { body, isBase64Encoded: true })).body).toMatchObject({ Count: 3 });
    expect((await call(echo, { body: "" })).statusCode).toBe(200);
  });

  it.each(["{", "null", "[]", '"text"', "5"])("refuses a body that is no JSON object: %s", async (body) => {
    const answer = await call(echo, { body });
    expect(answer).toMatchObject({
      statusCode: 400,
      body: { message: expect.stringContaining("not a JSON object"), __type: "ValidationException" },
    });
  });

  it("refuses what the schema refuses, typed as boto3 and the JavaScript SDK read it", async () => {
    const answer = await call(echo, { body: '{"Count":1.5}' });
    expect(answer).toMatchObject({
      statusCode: 400,
      headers: { "x-amzn-errortype": "ValidationException" },
      body: {
        __type: "ValidationException",
        code: "InvalidRequest",
        message: expect.stringContaining("Value '1.5' at 'count'"),
      },
    });
  });

  it("answers an error of the catalogue with its type, status and public message, and nothing of its detail", async () => {
    const answer = await call(async () => {
      throw new HangarError("EnvironmentNotFound", "No environment.", {
        detail: "table-7",
        cause: new Error("inside"),
      });
    });
    expect(answer).toMatchObject({
      statusCode: 404,
      headers: { "x-amzn-errortype": "ResourceNotFoundException" },
      body: { message: "No environment." },
    });
    expect(JSON.stringify(answer)).not.toMatch(/table-7|inside/);
  });

  it.each([new TypeError("/secret/path is undefined"), new Error("password=hunter2")])(
    "answers anything else as a 500 with nothing inside",
    async (error) => {
      const answer = await call(async () => {
        throw error;
      });
      expect(answer).toMatchObject({
        statusCode: 500,
        headers: { "x-amzn-errortype": "InternalServerException" },
        body: { __type: "InternalServerException" },
      });
      expect(JSON.stringify(answer)).not.toMatch(/secret|hunter2|stack/);
    },
  );

  it("says who calls, as IAM found out", async () => {
    const iam = { userArn: "arn:aws:iam::000000000000:user/me", accountId: "000000000000" };
    const answer = await call(async (_request, _ports, caller) => caller, { requestContext: { authorizer: { iam } } });
    expect(answer.body).toEqual({ arn: iam.userArn, accountId: iam.accountId });
  });

  it("makes no port before a request was found good: a refusal costs nothing", async () => {
    let made = 0;
    const handler = apiHandler(Request, echo, () => ({ there: Boolean(++made) }));
    await handler(event({ body: "{" }), context);
    expect(made).toBe(0);
    await handler(event(), context);
    expect(made).toBe(1);
  });
});
