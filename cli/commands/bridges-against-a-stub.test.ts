// The real command, in a process of its own, against a stub of the API that checks every signature: tags, access, and the
// two ways into Airflow.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { environmentArn as arn, operation, operations } from "../testing/sample-operation.ts";
import { type Answered, stubRegionOfFile } from "../testing/stub-region.ts";
import { setAccess } from "./access.ts";
import { airflow } from "./airflow.ts";
import { api } from "./api.ts";

const region = await stubRegionOfFile();

describe("hangar env", () => {
  const environment = {
    Name: "first",
    Arn: arn,
    Status: "UPDATING",
    AirflowVersion: "3.3.1",
    LastUpdate: { Status: "PENDING" },
  };
  const tags = `/tags/${encodeURIComponent(arn)}`;

  it("tag and untag send what they say, several keys in one call, signed as they stand", async () => {
    region.serve({
      "GET /environments/first": () => ({ body: { Environment: environment } }),
      [`POST ${tags}`]: () => ({ body: {} }),
      [`DELETE ${tags}`]: () => ({ body: {} }),
    });
    expect(await region.hangar(["env", "tag", "first", "team=data", "note=a=b"])).toMatchObject({ code: 0 });
    expect(await region.hangar(["env", "untag", "first", "team", "a b&c"])).toMatchObject({ code: 0 });
    expect((await region.hangar(["env", "tag", "first", "team"])).code).toBe(2);
    const [tagged, untagged] = region.asked.filter(({ target }) => target.startsWith("/tags"));
    expect(tagged!.body).toEqual({ Tags: { team: "data", note: "a=b" } });
    expect(new URL(untagged!.target, "http://x").searchParams.getAll("tagKeys")).toEqual(["team", "a b&c"]);
  });

  it("access get prints what access set takes, from a pipe too, and nothing else is taken", async () => {
    const table = { Entries: [{ Principal: "arn:aws:iam::000000000000:user/*", Role: "Viewer" }] };
    region.serve({
      "GET /environments/first/access": () => ({ body: table }),
      "PUT /environments/first/access": () => ({ body: {} }),
    });
    const { stdout } = await region.hangar(["env", "access", "get", "first", "--json"]);
    expect(await region.hangar(["env", "access", "set", "first", "-"], stdout)).toMatchObject({ code: 0 });
    expect(region.asked.at(-1)!.body).toEqual(table);
    const file = join(region.home, "access.json");
    for (const wrong of ["", "{", '{"Entries": 1}', "null"]) {
      writeFileSync(file, wrong);
      await expect(setAccess(region.home, "first", file)).rejects.toMatchObject({ exitCode: 2 });
    }
    expect(region.asked).toHaveLength(2);
  });

  it("status says what is being done", async () => {
    region.serve({
      "GET /environments/first": () => ({ body: { Environment: environment } }),
      [`GET ${operations}`]: () => ({ body: { Operations: [operation("RUNNING")] } }),
    });
    const { stdout } = await region.hangar(["env", "status", "first"]);
    expect(stdout).toMatch(/status +UPDATING\n[\s\S]*update-environment RUNNING at check-services/);
  });

  it.each([["status"], ["get"]])("%s warns where the version's end is near, on stderr", async (command) => {
    const Support = { State: "ENDED", Message: "Airflow 2.11.2 reached its end of life." };
    region.serve({
      "GET /environments/first": () => ({
        body: { Environment: { ...environment, Hangar: { EnvironmentId: "e1", Support } } },
      }),
      [`GET ${operations}`]: () => ({ body: { Operations: [] } }),
    });
    const { code, stderr } = await region.hangar(["env", command, "first"]);
    expect([code, stderr.trim()]).toEqual([0, `warning: ${Support.Message}`]);
  });

  it("status tells how many workers there are, and why when it is asked", async () => {
    const Reason = "3 workers: 9 running and 2 queued tasks, 5 to a worker, between MinWorkers 1 and MaxWorkers 5.";
    const Workers = { Wanted: 3, Draining: 1, ChangedAt: 1_800_000_000, Reason };
    region.serve({
      "GET /environments/first": () => ({
        body: {
          Environment: { ...environment, MinWorkers: 1, MaxWorkers: 5, Hangar: { EnvironmentId: "e1", Workers } },
        },
      }),
      [`GET ${operations}`]: () => ({ body: { Operations: [] } }),
    });
    const { stdout } = await region.hangar(["env", "status", "first"]);
    expect(stdout).toMatch(/workers +3, between 1 and 5, 1 more finish their tasks and go\n/);
    expect(stdout).not.toContain(Reason);
    const explained = await region.hangar(["env", "status", "first", "--explain"]);
    expect(explained.stdout).toContain(`${Reason} (changed 2027-01-15T08:00:00.000Z)`);
  });
});

describe("hangar api", () => {
  it("sends method, path, query and body, and prints Airflow's answer alone", async () => {
    region.serve({
      "POST /restapi/first/roles/Viewer": () => ({ body: { RestApiStatusCode: 200, RestApiResponse: { a: 1 } } }),
    });
    const { code, stdout } = await region.hangar([
      ...["api", "first", "patch", "/dags/x", "--query", "a=1", "--query", "a=2", "--query", "b=c"],
      ...["--body", '{"is_paused": false}', "--role", "Viewer"],
    ]);
    expect([code, JSON.parse(stdout)]).toEqual([0, { a: 1 }]);
    expect(region.asked[0]!.body).toEqual({
      Method: "PATCH",
      Path: "/dags/x",
      QueryParameters: { a: ["1", "2"], b: "c" },
      Body: { is_paused: false },
    });
  });

  it.each([
    [404, 4],
    [403, 3],
    [409, 1],
    [500, 1],
  ])("fails where Airflow does, with Airflow's own words: %d ends with %d", async (status, exitCode) => {
    const body = {
      RestApiStatusCode: status,
      RestApiResponse: { detail: "Airflow's words" },
      __type: "RestApiClientException",
    };
    region.serve({
      "POST /restapi/first": () => ({ status: 400, headers: { "x-amzn-errortype": "RestApiClientException" }, body }),
    });
    await expect(api(region.home, "first", "GET", "/dags/none", {})).rejects.toMatchObject({
      message: `Airflow answered ${status}`,
      why: expect.stringContaining("Airflow's words"),
      exitCode,
    });
  });
});

describe("hangar airflow", () => {
  const encoded = (text: string) => Buffer.from(text).toString("base64");
  const bridge = (answer: Answered) =>
    region.serve({
      "POST /clitoken/first": () => ({ body: { CliToken: "one-use", WebServerHostname: region.host } }),
      "POST /aws_mwaa/cli": () => answer,
    });

  it("sends the words as one line in the token's name, and gives back both streams and the exit code", async () => {
    const headers = { "x-hangar-exit-code": "3" };
    bridge({ headers, body: { stdout: encoded("out\n"), stderr: encoded("ä\n") } });
    const ended = await region.hangar(["airflow", "first", "--", "dags", "trigger", "x", "--conf", '{"a": "it\'s"}']);
    expect(ended).toEqual({ code: 3, stdout: "out\n", stderr: "ä\n" });
    const [, sent] = region.asked;
    expect(sent!.headers).toMatchObject({ authorization: "Bearer one-use", "content-type": "text/plain" });
    expect(sent!.body).toBe(`dags trigger x --conf '{"a": "it'"'"'s"}'`);
  });

  it("ends with 7 when the environment ended a command that took too long, and still shows what it printed", async () => {
    const headers = { "x-hangar-exit-code": "-9" };
    bridge({ status: 504, headers, body: { stdout: encoded("so far\n"), stderr: encoded("too long\n") } });
    const ended = await region.hangar(["airflow", "first", "dags", "list"]);
    expect(ended).toEqual({ code: 7, stdout: "so far\n", stderr: "too long\n" });
  });

  it.each([
    [400, 2],
    [403, 3],
    [429, 5],
  ])("says why a command was not run: %d ends with %d", async (status, exitCode) => {
    bridge({ status, body: { detail: "the bridge's words" } });
    const running = airflow(region.home, "first", ["db", "reset"]);
    await expect(running).rejects.toMatchObject({ why: "the bridge's words", exitCode });
  });
});
