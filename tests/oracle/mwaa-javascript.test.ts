// The JavaScript SDK, unmodified, against the MWAA API: the newest client the registry has here, which knows no InvokeRestApi.
// That one is asked only of a client that does.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { captureOutput } from "../contract/mwaa/captured-output.ts";
import { type ServedApi, serveApi } from "../contract/mwaa/served-api.ts";
import { withSigningKeys } from "../../state-machines/testing/available.ts";
import { createRequest, emptyWorld } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { type Command, type MwaaSdk, mwaaSdk as sdk } from "../tools/mwaa-sdk.ts";

describe("the JavaScript SDK", () => {
  const world = emptyWorld();
  const output = captureOutput();
  let api: ServedApi;
  let client: InstanceType<MwaaSdk["MWAAClient"]>;
  beforeAll(async () => {
    api = await serveApi(world);
    client = clientOf("operator");
  });
  afterAll(async () => {
    client.destroy();
    output.stop();
    await api.close();
  });

  const clientOf = (who: string) =>
    new sdk.MWAAClient({
      ...{
        endpoint: api.url,
        credentials: api.keyOf(who),
        region: "us-east-1",
        disableHostPrefix: true,
        maxAttempts: 1,
      },
    });
  const send = (command: string, input: object) => client.send(new (sdk[`${command}Command`] as Command)(input));
  const refusal = (command: string, input: object) => send(command, input).then(undefined, (error: unknown) => error);
  const arn = (of: string) => `arn:aws:airflow:us-east-1:000000000000:environment/${of}`;
  const shown = async (Name: string) =>
    (await send("GetEnvironment", { Name }))["Environment"] as Record<string, unknown>;
  const available = async (Name: string, more: object = {}) => {
    await send("CreateEnvironment", { ...createRequest, Name, ...more });
    await runLadder(world, Name);
    withSigningKeys(world, (await world.environments.get(Name))!.names.signInSecret);
  };

  it("creates, and sees CREATING, then AVAILABLE with times that are dates", async () => {
    expect(await send("CreateEnvironment", { ...createRequest, Name: "made" })).toMatchObject({ Arn: arn("made") });
    expect(await shown("made")).toMatchObject({ Status: "CREATING" });
    await runLadder(world, "made");
    const environment = await shown("made");
    expect(environment).toMatchObject({ Status: "AVAILABLE", LastUpdate: { Status: "SUCCESS" } });
    expect((environment["CreatedAt"] as Date).toISOString()).toMatch(/^2026-01-01T/);
    expect(environment).toHaveProperty("LastUpdate.CreatedAt", expect.any(Date));
    expect(environment).not.toHaveProperty("KmsKey");
  });

  it("tags, one ARN a segment, and lists", async () => {
    await available("tagged");
    const ResourceArn = arn("tagged");
    await send("TagResource", { ResourceArn, Tags: { "a b": "c", ü: "x/y" } });
    await send("UntagResource", { ResourceArn, tagKeys: ["ü", "nowhere"] });
    expect((await send("ListTagsForResource", { ResourceArn }))["Tags"]).toEqual({ "a b": "c" });
    expect((await send("ListEnvironments", { MaxResults: 1 }))["NextToken"]).toBeTypeOf("string");
  });

  it("updates, and sees UPDATING before anything else; deletes, and then finds nothing", async () => {
    await available("changed");
    await send("UpdateEnvironment", { Name: "changed", MaxWorkers: 4 });
    expect(await shown("changed")).toMatchObject({ Status: "UPDATING" });
    await runLadder(world, "changed");
    expect(await shown("changed")).toMatchObject({ Status: "AVAILABLE", MaxWorkers: 4 });
    await send("DeleteEnvironment", { Name: "changed" });
    await runLadder(world, "changed");
    const error = await refusal("GetEnvironment", { Name: "changed" });
    expect(error).toMatchObject({ name: "ResourceNotFoundException", $metadata: { httpStatusCode: 404 } });
  });

  it("gets both tokens, and has metrics taken", async () => {
    await available("entered");
    expect(await send("CreateCliToken", { Name: "entered" })).toMatchObject({ CliToken: expect.any(String) });
    expect(await send("CreateWebLoginToken", { Name: "entered" })).toMatchObject({ WebToken: expect.any(String) });
    const MetricData = [{ MetricName: "m", Timestamp: new Date(), Value: 1 }];
    await send("PublishMetrics", { EnvironmentName: "entered", MetricData });
  });

  it("is refused with the service's exceptions", async () => {
    const invalid = await refusal("CreateEnvironment", { ...createRequest, Name: "1st" });
    expect(invalid).toMatchObject({ name: "ValidationException", message: expect.stringContaining("1st") });
    const reader = clientOf("reader");
    const command = new (sdk["DeleteEnvironmentCommand"] as Command)({ Name: "tagged" });
    const denied = await reader.send(command).then(undefined, (error: unknown) => error);
    reader.destroy();
    expect(denied).toMatchObject({ name: "AccessDeniedException", $metadata: { httpStatusCode: 403 } });
  });

  it.skipIf(!sdk?.["InvokeRestApiCommand"])("asks Airflow, and gets its refusals with both members", async () => {
    await available("asked");
    const ask = { Name: "asked", Path: "/dags", Method: "GET" };
    expect(await send("InvokeRestApi", ask)).toMatchObject({ RestApiStatusCode: 200 });
    world.airflowRest.answer = { status: 404, body: '{"detail":"no"}' };
    const error = await refusal("InvokeRestApi", ask);
    expect(error).toMatchObject({
      name: "RestApiClientException",
      RestApiStatusCode: 404,
      RestApiResponse: { detail: "no" },
    });
  });
});
