import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openForTest } from "../sqs/testing/open-for-test.ts";
import { testRequest } from "../sqs/testing/small-engine.ts";
import { createStsEngine } from "./engine.ts";
import { principalId } from "./principal.ts";

const setUp = () => openForTest(createStsEngine);

const roleArn = "arn:aws:iam::000000000000:role/tasks/reader";
const ask = (form: string, accessKeyId = "AKIAEXAMPLE") =>
  testRequest({
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: Buffer.from(form),
    caller: { accountId: "000000000000", accessKeyId, arn: "arn:aws:iam::000000000000:user/operator" },
  });

describe("sessions", () => {
  it("are verified after a restart by the very keys that were given out", async () => {
    const { context, engine, time } = setUp();
    const given = engine.assumeRole({ roleArn, sessionName: "task", durationSeconds: 900 });
    await engine.close();
    const restarted = createStsEngine(context);
    onTestFinished(() => restarted.close());
    expect(restarted.sessionCredentials(given.accessKeyId)).toEqual(given);
    expect(given.expiration).toBe(time.now() + 900_000);
    expect(given.arn).toBe("arn:aws:sts::000000000000:assumed-role/reader/task");
  });

  it("stay known for a day after they expired, then are forgotten", async () => {
    const { engine, time } = setUp();
    const { accessKeyId } = engine.assumeRole({ roleArn, sessionName: "task" });
    await time.pass(3600 + 86_400);
    engine.assumeRole({ roleArn, sessionName: "another" });
    expect(engine.sessionCredentials(accessKeyId)?.expiration).toBeLessThan(time.now());
    await time.pass(1);
    engine.assumeRole({ roleArn, sessionName: "another" });
    expect(engine.sessionCredentials(accessKeyId)).toBeUndefined();
  });

  it("of a role that was itself assumed last an hour at most", async () => {
    const { engine } = setUp();
    const form = `Action=AssumeRole&Version=2011-06-15&RoleArn=${roleArn}&RoleSessionName=chained&DurationSeconds=3601`;
    expect((await engine.handle(ask(form, "ASIAEXAMPLE"))).body).toContain("role chaining");
    expect((await engine.handle(ask(form))).status).toBe(200);
  });

  it("are kept in a file only the owner may read", () => {
    const { engine, context } = setUp();
    engine.assumeRole({ roleArn, sessionName: "task" });
    expect(statSync(join(context.folder, "sessions.sqlite")).mode & 0o777).toBe(0o600);
    expect(statSync(join(context.folder, "sessions.sqlite-wal")).mode & 0o777).toBe(0o600);
  });
});

describe("errors", () => {
  it("have the Query protocol's form, with what the client sent escaped", async () => {
    const { engine } = setUp();
    const response = await engine.handle(ask("Action=%3CX%3E&Version=2011-06-15"));
    expect(response.status).toBe(400);
    expect(response.body).toBe(
      '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>' +
        "<Code>InvalidAction</Code><Message>Could not find operation &lt;X&gt; for version 2011-06-15</Message></Error>" +
        "<RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>",
    );
  });
});

describe("unique ids", () => {
  it("are the same for one principal every time, and for all sessions of one role", () => {
    expect(principalId("arn:aws:iam::000000000000:root")).toBe("000000000000");
    expect(principalId("arn:aws:iam::000000000000:user/a")).not.toBe(principalId("arn:aws:iam::000000000000:user/b"));
    const session = (name: string) => principalId(`arn:aws:sts::000000000000:assumed-role/reader/${name}`).split(":");
    expect(session("one")[0]).toBe(session("two")[0]);
    expect(session("one")[1]).toBe("one");
  });
});
