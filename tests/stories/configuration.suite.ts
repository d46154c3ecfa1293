// AirflowConfigurationOptions in a real Airflow: they reach its tasks, by old names too, protected ones do not, and a mail
// server given by them receives the mail of a task that failed.
import { expect, it } from "vitest";
import { dagVisible, optionDag, runSucceeds, signIn, trigger } from "./support/airflow.ts";
import { until } from "./support/hangar.ts";
import type { Mail, MailServer } from "./support/mail-server.ts";
import type { Place } from "./support/place.ts";

/** What the environments of these stories are created with: as JSON, for `hangar env create`. */
export const mailOptions = (mail: MailServer): Readonly<Record<string, string>> => ({
  "email.email_backend": "airflow.utils.email.send_email_smtp",
  "smtp.smtp_host": "127.0.0.1",
  "smtp.smtp_port": String(mail.port),
  "smtp.smtp_starttls": "False",
  "smtp.smtp_mail_from": "airflow@first.example",
});

/** Of the newest Airflow: an old name, a protected option, one of a section nobody knows. */
export const firstOptions = (mail: MailServer): Readonly<Record<string, string>> => ({
  ...mailOptions(mail),
  "triggerer.default_capacity": "77",
  "core.executor": "LocalExecutor",
  "my_company.colour": "red",
});

/** Waits for the one mail to this address. */
export const mailTo = (mail: MailServer, address: string): Promise<Mail> =>
  until(`a mail to ${address}`, 60, () => mail.mails.find(({ to }) => to.includes(address)));

export function configuration(place: () => Place, mail: () => MailServer): void {
  it("shows what was set, and warns of what has no effect or another name", async () => {
    const listed = JSON.parse(await place().home.ok("config", "list", "first", "--json")) as {
      Warnings: { Option: string; Code: string }[];
    };
    expect(listed.Warnings.map(({ Option, Code }) => `${Option} ${Code}`).toSorted()).toEqual([
      "core.executor OVERRIDDEN",
      "my_company.colour UNKNOWN",
      "triggerer.default_capacity RENAMED",
    ]);
    expect((await place().home.ok("config", "get", "first", "smtp.smtp_port")).trim()).toBe(String(mail().port));
  });

  it("reaches tasks by an old name and in a section nobody knows; the environment's own executor stays", async () => {
    await place().upload("first", "capacity.py", optionDag("capacity", "triggerer", "capacity", "77"));
    await place().upload("first", "colour.py", optionDag("colour", "my_company", "colour", "red"));
    await place().upload("first", "executor.py", optionDag("executor", "core", "executor", "CeleryExecutor"));
    const airflow = await signIn(place().home, "first");
    const dags = ["capacity", "colour", "executor"];
    for (const dagId of dags) await dagVisible(airflow, dagId);
    const runs = await Promise.all(dags.map((dagId) => trigger(airflow, dagId)));
    for (const [at, dagId] of dags.entries()) await runSucceeds(airflow, dagId, runs[at]!);
  });

  it("sends the mail of a task that failed to the server they name", async () => {
    await place().upload("first", "mails.py", failingDag("mails", "airflow.sdk", "team@first.example"));
    const airflow = await signIn(place().home, "first");
    await dagVisible(airflow, "mails");
    await trigger(airflow, "mails");
    const received = await mailTo(mail(), "team@first.example");
    expect(received).toMatchObject({
      from: "airflow@first.example",
      subject: expect.stringMatching(/^Airflow alert: .*mails/),
    });
    expect(received.text).toContain("this task fails");
  });
}

/** A DAG with one task that fails and has somebody told. @param module where `dag` and `task` are in this Airflow */
export const failingDag = (dagId: string, module: string, to: string): string => `from datetime import datetime

from ${module} import dag, task


@dag(dag_id="${dagId}", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def fails():
    @task(retries=0, email=["${to}"], email_on_failure=True)
    def fail():
        raise RuntimeError("this task fails")

    fail()


fails()
`;
