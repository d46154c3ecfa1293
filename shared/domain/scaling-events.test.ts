import { describe, expect, it } from "vitest";
import { environmentsToLookAt } from "./scaling-events.ts";

/** EventBridge's event of a changed alarm, as CloudWatch sends it, as far as it is read. */
const alarm = (alarmName: string, value = "ALARM", dimensions: object = first) =>
  JSON.stringify({
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    detail: {
      alarmName,
      state: { value },
      configuration: {
        metrics: [
          {
            metricStat: {
              metric: { namespace: "Hangar/MWAA", name: "Deficit", dimensions },
              period: 10,
              stat: "Maximum",
            },
          },
        ],
      },
    },
  });
const first = { Environment: "first", EnvironmentId: "e0000000001" };
const reminder = (name: string) => JSON.stringify({ remindOf: { name, environmentId: "e0000000001" } });

describe("the environments a batch is about", () => {
  it("are those of raised alarms of scaling, and of reminders, each once", () => {
    expect(
      environmentsToLookAt([
        reminder("first"),
        alarm("hangar-e0000000001-deficit"),
        alarm("hangar-e0000000001-surplus"),
        reminder("second"),
        reminder("second"),
      ]),
    ).toEqual([
      { name: "first", raised: true },
      { name: "second", raised: false },
    ]);
  });

  it.each([
    ["an alarm that is over", alarm("hangar-e0000000001-deficit", "OK")],
    ["an alarm that only tells people", alarm("hangar-e0000000001-import-errors")],
    ["somebody's alarm on the same metric", alarm("my-deficit")],
    ["an alarm on something else", alarm("hangar-e0000000001-deficit", "ALARM", {})],
    ["an alarm on an expression", alarm("hangar-e0000000001-deficit").replace("metricStat", "expression")],
    ["another message", JSON.stringify({ hello: "world" })],
    ["no JSON", "{"],
  ])("are none for %s", (_, body) => {
    expect(environmentsToLookAt([body])).toEqual([]);
  });
});
