import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseShorthand, type Shorthand } from "./shorthand.ts";

describe("the AWS CLI's shorthand", () => {
  it.each<[string, Shorthand]>([
    ["a=b", { a: "b" }],
    ["core.default_task_retries=3,core.parallelism=40", { "core.default_task_retries": "3", "core.parallelism": "40" }],
    ["SecurityGroupIds=sg-1,sg-2", { SecurityGroupIds: ["sg-1", "sg-2"] }],
    ["SecurityGroupIds=[sg-1]", { SecurityGroupIds: ["sg-1"] }],
    ["a=[]", { a: [] }],
    [
      "TaskLogs={Enabled=true,LogLevel=INFO},WorkerLogs={Enabled=false,LogLevel=ERROR}",
      { TaskLogs: { Enabled: "true", LogLevel: "INFO" }, WorkerLogs: { Enabled: "false", LogLevel: "ERROR" } },
    ],
    ["a={b={c=[x,y]}},d=e", { a: { b: { c: ["x", "y"] } }, d: "e" }],
    ["a={}", { a: {} }],
    ['celery.worker_autoscale="16,12",x=y', { "celery.worker_autoscale": "16,12", x: "y" }],
    [`a='it is "so"',b="it's"`, { a: 'it is "so"', b: "it's" }],
    ['a="x\\"y\\\\z"', { a: 'x"y\\z' }],
    ["url=https://user:pass@host/path?a=b&c=d", { url: "https://user:pass@host/path?a=b&c=d" }],
    ["a=", { a: "" }],
    ["a=b,c", { a: ["b", "c"] }],
    ["a = b , c = d", { a: "b", c: "d" }],
  ])("reads %s", (text, value) => expect(parseShorthand(text)).toEqual(value));

  it.each(["", "a", "=b", "a=b,", "a={b=c", 'a="b', "a=[b", "a=1,a=2", "a={b=c}}", 'a="b"c'])(
    "refuses %j and says where, never the text itself, which may be secret",
    (text) => {
      expect(() => parseShorthand(text)).toThrow(expect.objectContaining({ name: "ShorthandError" }));
      expect(() => parseShorthand(`password="hunter2",${text || "x"}`)).not.toThrow(/hunter2/);
    },
  );

  it("never fails with anything but its own error", () => {
    const texts = fc.string({ unit: fc.constantFrom(..."a=,{}[]\"'\\ \n") });
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseShorthand(text);
        } catch (error) {
          expect((error as Error).name).toBe("ShorthandError");
        }
      }),
      { numRuns: 2000 },
    );
  });
});
