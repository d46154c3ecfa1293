import { describe, expect, it } from "vitest";
import { handler } from "./publish-metrics.ts";

const call = async (body: unknown) => {
  const event = {
    routeKey: "POST /metrics/environments/{EnvironmentName}",
    pathParameters: { EnvironmentName: "first" },
    requestContext: {},
    isBase64Encoded: false,
    body: JSON.stringify(body),
  };
  return (await handler(event as never, { awsRequestId: "request-1" } as never)) as {
    statusCode: number;
    body: string;
  };
};

describe("PublishMetrics", () => {
  it("takes what the model knows and answers nothing: the service withdrew it", async () => {
    const metric = { MetricName: "dag_run", Timestamp: 1_800_000_000, Value: 1, Unit: "Count" };
    expect(await call({ MetricData: [metric] })).toMatchObject({ statusCode: 200, body: "{}" });
  });

  it.each([{}, { MetricData: "none" }, { MetricData: [{ MetricName: "dag_run" }] }])(
    "refuses what the model refuses: %j",
    async (body) => {
      const answer = await call(body);
      expect(answer.statusCode).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ __type: "ValidationException" });
    },
  );
});
