// The real command, in a process of its own, against a stub of the API: configuration options and the warnings about them.
import { describe, expect, it } from "vitest";
import { environmentArn as arn, operation, operationId, operations } from "../testing/sample-operation.ts";
import { stubRegionOfFile } from "../testing/stub-region.ts";

const region = await stubRegionOfFile();

const configuration = {
  AirflowVersion: "3.3.1",
  Options: [
    { Name: "core.paralelism", Value: "8", Sensitive: false, Warning: "UNKNOWN" },
    { Name: "smtp.smtp_host", Value: "mail", Sensitive: false, Warning: null },
  ],
  Warnings: [{ Option: "core.paralelism", Code: "UNKNOWN", Message: "There is no such option." }],
};
const explanation = (Value: string | null) => ({
  Option: "smtp.smtp_host",
  Variable: "AIRFLOW__SMTP__SMTP_HOST",
  Value,
  Sensitive: false,
  Code: "KNOWN",
  Message: "Airflow 3.3.1 has this option.",
  Versions: ["2.11.2", "3.3.1"],
});
const serve = (Value: string | null = "mail") =>
  region.serve({
    "GET /environments/first/configuration": ({ target }) => ({
      body: target.includes("Option=") ? { ...configuration, Explanation: explanation(Value) } : configuration,
    }),
  });

describe("hangar config", () => {
  it("list prints what is set on stdout and the warnings on stderr; with --json what the API answers", async () => {
    serve();
    const { code, stdout, stderr } = await region.hangar(["config", "list", "first"]);
    expect([code, stdout]).toEqual([
      0,
      "OPTION\tVALUE\tWARNING\ncore.paralelism\t8\tUNKNOWN\nsmtp.smtp_host\tmail\t\n",
    ]);
    expect(stderr).toContain("warning: There is no such option.");
    const asJson = await region.hangar(["config", "list", "first", "--json"]);
    expect(JSON.parse(asJson.stdout)).toEqual(configuration);
  });

  it("get prints the value alone, and ends with 4 where the option is not set", async () => {
    serve();
    expect(await region.hangar(["config", "get", "first", "smtp.smtp_host"])).toMatchObject({
      code: 0,
      stdout: "mail\n",
    });
    serve(null);
    const missing = await region.hangar(["config", "get", "first", "smtp.smtp_host"]);
    expect(missing).toMatchObject({ code: 4, stdout: "" });
    expect(missing.stderr).toContain("fix: npx hangar config explain first smtp.smtp_host");
    expect(region.asked.at(-1)!.target).toBe("/environments/first/configuration?Option=smtp.smtp_host");
  });

  it("explain says what an option is, set or not", async () => {
    serve(null);
    const { stdout } = await region.hangar(["config", "explain", "first", "smtp.smtp_host"]);
    for (const part of ["AIRFLOW__SMTP__SMTP_HOST", "not set", "2.11.2, 3.3.1", "Airflow 3.3.1 has this option."])
      expect(stdout).toContain(part);
  });
});

describe("warnings about options", () => {
  it("are said by env update before it waits, and asked for only when options are given", async () => {
    region.serve({
      "POST /environments/first/plan": () => ({ body: { Plan: configuration } }),
      "PATCH /environments/first": () => ({ body: { Arn: arn } }),
      [`GET ${operations}`]: () => ({ body: { Operations: [operation("RUNNING")] } }),
    });
    const options = ["--airflow-configuration-options", "core.paralelism=8"];
    const ended = await region.hangar(["env", "update", "first", ...options, "--no-wait"]);
    expect(ended).toMatchObject({ code: 0, stdout: `${operationId}\n` });
    expect(ended.stderr).toContain("warning: There is no such option.");
    await region.hangar(["env", "update", "first", "--max-workers", "3", "--no-wait"]);
    const changing = region.asked.filter(({ method }) => method !== "GET").map(({ method }) => method);
    expect(changing).toEqual(["POST", "PATCH", "PATCH"]);
  });

  it("are said by env create, which takes options as env update does", async () => {
    region.serve({
      "PUT /environments/first": () => ({ body: { Arn: arn } }),
      "GET /environments/first/configuration": () => ({ body: configuration }),
    });
    const options = ["--airflow-configuration-options", '{"core.paralelism":"8"}', "--bucket", "dags"];
    const ended = await region.hangar(["env", "create", "first", ...options, "--no-wait"]);
    expect(ended).toMatchObject({ code: 0, stdout: `${arn}\n` });
    expect(region.asked[0]!.body).toMatchObject({ AirflowConfigurationOptions: { "core.paralelism": "8" } });
    expect(ended.stderr).toContain("warning: There is no such option.");
  });
});
