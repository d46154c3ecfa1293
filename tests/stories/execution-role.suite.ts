// DAG code calls AWS as the execution role its environment names, with nothing said in the DAG; and only as that.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { AirflowClient } from "../../cli/airflow-client.ts";
import { dagVisible, signIn, stateOf, trigger } from "./support/airflow.ts";
import { until } from "./support/hangar.ts";
import type { Place } from "./support/place.ts";

const bucket = "hangar-first";
const prefix = "from-a-task";

export function executionRole(place: () => Place): void {
  let airflow: AirflowClient;
  const aws = (...words: string[]) => place().home.ok("exec", "--", "aws", ...words);
  /** Runs the DAG to its end; what it wrote of itself. */
  const run = async (key: string) => {
    await place().upload("first", "as_role.py", dagFile(key));
    await dagVisible(airflow, key);
    const runId = await trigger(airflow, key);
    const state = await until(`run of ${key} ended`, 120, async () => {
      const now = await stateOf(airflow, key, runId);
      return now === "success" || now === "failed" ? now : undefined;
    });
    return state;
  };

  beforeAll(async () => {
    airflow = await signIn(place().home, "first");
  });

  it("a task reads and writes the environment's bucket with Airflow's own hook, as the execution role", async () => {
    expect(await run("as_role_allowed")).toBe("success");
    const said = JSON.parse(await aws("s3", "cp", `s3://${bucket}/${prefix}/as_role_allowed.json`, "-"));
    const { EnvironmentId } = (await place().environment("first")).Hangar!;
    expect(said).toEqual({
      arn: `arn:aws:sts::000000000000:assumed-role/hangar-execution/${EnvironmentId}`,
      keysInTheEnvironment: [],
      readBack: "written by a task",
    });
  });

  it("a task may do what the role's policy says, and no more: its uploads are still seen", async () => {
    const document = join(place().scratch, "role.json");
    const reads = ["s3:Get*", "s3:List*"];
    const Statement = [{ Effect: "Allow", Action: [...reads, "sts:GetCallerIdentity"], Resource: "*" }];
    writeFileSync(document, JSON.stringify({ Version: "2012-10-17", Statement }));
    const named = ["--role-name", "hangar-execution", "--policy-name", "own"];
    await aws("iam", "put-role-policy", ...named, "--policy-document", `file://${document}`);
    try {
      expect(await run("as_role_closed")).toBe("failed");
      expect(await aws("s3", "ls", `s3://${bucket}/${prefix}/`)).not.toContain("as_role_closed");
    } finally {
      await aws("iam", "delete-role-policy", ...named);
    }
  });
}

const dagFile = (key: string): string => `from datetime import datetime

from airflow.sdk import dag, task


@dag(dag_id="${key}", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def as_role():
    @task(retries=0)
    def write():
        import json
        import os

        import boto3
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        hook = S3Hook()
        hook.load_string("written by a task", "${prefix}/${key}.txt", "${bucket}", replace=True)
        said = {
            "arn": boto3.client("sts").get_caller_identity()["Arn"],
            "readBack": hook.read_key("${prefix}/${key}.txt", "${bucket}"),
            "keysInTheEnvironment": [name for name in os.environ if name.startswith(("AWS_ACCESS", "AWS_SECRET"))],
        }
        hook.load_string(json.dumps(said), "${prefix}/${key}.json", "${bucket}", replace=True)

    write()


as_role()
`;
