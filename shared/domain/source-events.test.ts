import { describe, expect, it } from "vitest";
import { planned, recordIn } from "../testing/planned.ts";
import { environmentsTouched, takesReleases } from "./source-events.ts";
import { environmentStatuses } from "./status.ts";

const event = (bucket: string, key: string) =>
  JSON.stringify({ detail: { bucket: { name: bucket }, object: { key } } });
const at = (name: string, settings: { sourceBucketArn?: string; dagS3Path?: string } = {}) =>
  recordIn("AVAILABLE", { name, settings: { ...planned().environment.settings, ...settings } });
const environments = [
  at("first"),
  at("nested", { dagS3Path: "dags/team/" }),
  at("whole", { dagS3Path: "/" }),
  at("elsewhere", { sourceBucketArn: "arn:aws:s3:::other" }),
];
const touched = (...bodies: string[]) => environmentsTouched(bodies, environments).map(({ name }) => name);

describe("an upload concerns", () => {
  it.each([
    [event("my-dags", "dags/a.py"), ["first", "whole"]],
    [event("my-dags", "dags/team/a.py"), ["first", "nested", "whole"]],
    [event("my-dags", "dagsters/a.py"), ["whole"]],
    [event("other", "dags/a.py"), ["elsewhere"]],
    [event("third", "dags/a.py"), []],
  ])("the environments whose folder holds the key: %s", (body, names) => expect(touched(body)).toEqual(names));

  it("each environment once, however many events a batch holds", () => {
    expect(touched(...Array.from({ length: 50 }, (_, at) => event("my-dags", `dags/${at}.py`)))).toEqual([
      "first",
      "whole",
    ]);
  });

  it.each(["", "no json", "null", "[]", '{"detail":{}}', '{"detail":{"bucket":{"name":1},"object":{"key":"dags/a"}}}'])(
    "nobody when the event is malformed (%s), and the rest of the batch still counts",
    (body) => expect(touched(body, event("other", "dags/a.py"))).toEqual(["elsewhere"]),
  );
});

describe("a release is taken", () => {
  const refusing = ["CREATING", "CREATE_FAILED", "DELETING", "DELETED"];
  it.each(environmentStatuses)("or not, in status %s", (status) => {
    expect(takesReleases({ status })).toBe(!refusing.includes(status));
  });
});
