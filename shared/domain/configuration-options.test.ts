import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configurationView, explanationView, optionWarnings } from "./configuration-options.ts";
import { isSensitive } from "./option-catalogue.ts";
import { airflowOptions } from "./airflow-options.generated.ts";
import { airflowOfferings } from "./offerings.ts";

const told = (version: string, options: Readonly<Record<string, string>>) =>
  optionWarnings(version, options).map(({ option, code }) => `${option} ${code}`);

describe("options of the version", () => {
  it.each(airflowOfferings.map(({ version }) => version))("%s: what it has is worth no warning", (version) => {
    const plain = { "core.parallelism": "8", "smtp.smtp_port": "25", "celery.worker_autoscale": "5,1" };
    expect(told(version, { ...plain, "email.email_backend": "x", "core.lazy_load_plugins": "False" })).toEqual([]);
  });

  it("are also MWAA's own, any key of Celery's transports, and other ways to give a secret", () => {
    const options = {
      "mwaa.triggerer_enabled": "False",
      "celery_broker_transport_options.max_retries": "3",
      "secrets.backend_kwargs_secret": "name",
      "sentry.sentry_dsn_cmd": "cat dsn",
    };
    expect(told("3.3.1", options)).toEqual([]);
  });
});

describe("a mail server given by options", () => {
  it("is worth a warning in the versions whose failure mail goes through a connection alone", () => {
    const options = { "smtp.smtp_host": "mail" };
    expect(told("3.2.1", options)).toEqual(["smtp.smtp_host IGNORED"]);
    for (const version of ["2.11.2", "3.3.1"]) expect(told(version, options)).toEqual([]);
  });
});

describe("a name the version does not have", () => {
  it("is UNKNOWN, and the nearest names of that version are said, three at most", () => {
    const [warning] = optionWarnings("3.3.1", { "core.paralelism": "8" });
    expect(warning).toMatchObject({
      code: "UNKNOWN",
      message: expect.stringContaining("Did you mean core.parallelism?"),
    });
    const [two] = optionWarnings("3.3.1", { "smtp.smtp_prot": "25" });
    expect(two!.message).toMatch(/Did you mean smtp\.smtp_port(, [a-z._]+){0,2}\?/);
    expect(optionWarnings("3.3.1", { "schedular.catchup_by_default": "x" })[0]!.message).toContain("scheduler.catchup");
  });

  it("with a section nobody knows says that it is passed on", () => {
    expect(optionWarnings("3.3.1", { "my_plugin.colour": "red" })[0]).toMatchObject({
      code: "UNKNOWN",
      message: expect.stringMatching(/no section my_plugin\. my_plugin\.colour is passed on/),
    });
  });

  it("without a section is not passed on, which is said", () => {
    expect(optionWarnings("3.3.1", { parallelism: "8" })[0]!.message).toContain("is not passed on");
  });

  it("that a newer one has is UNKNOWN, that an older one had is REMOVED, with Airflow's own advice", () => {
    expect(optionWarnings("2.11.2", { "api.workers": "2" })[0]).toMatchObject({
      code: "UNKNOWN",
      message: expect.stringContaining("which Airflow 3.0.6 has"),
    });
    expect(optionWarnings("3.3.1", { "smtp.smtp_password": "x" })[0]).toMatchObject({
      code: "REMOVED",
      message: expect.stringContaining("smtp_default"),
    });
    expect(told("3.3.1", { "webserver.default_ui_timezone": "UTC" })).toEqual([
      "webserver.default_ui_timezone REMOVED",
    ]);
    expect(told("2.11.2", { "webserver.default_ui_timezone": "UTC", "smtp.smtp_password": "x" })).toEqual([]);
  });
});

describe("a name that has changed", () => {
  it.each([
    ["3.3.1", "triggerer.default_capacity", "triggerer.capacity since Airflow 3.0. Airflow 3.3.1 still takes the old"],
    ["3.3.1", "api.page_size", "api.fallback_page_limit since Airflow 3.2.0. Airflow 3.3.1 still takes"],
    [
      "3.3.1",
      "scheduler.scheduler_zombie_task_threshold",
      "task_instance_heartbeat_timeout in Airflow 3.3.1, which does not read",
    ],
    [
      "2.11.2",
      "scheduler.max_threads",
      "scheduler.parsing_processes since Airflow 1.10.14. Airflow 2.11.2 still takes",
    ],
  ])("in %s: %s is %s", (version, option, words) => {
    expect(optionWarnings(version, { [option]: "7" })).toMatchObject([
      { option, code: "RENAMED", message: expect.stringContaining(words) },
    ]);
  });

  it("beside the new one does not count, which is said", () => {
    const both = { "triggerer.default_capacity": "7", "triggerer.capacity": "8" };
    expect(optionWarnings("3.3.1", both)).toMatchObject([
      { code: "RENAMED", message: expect.stringContaining("both are given: triggerer.capacity counts") },
    ]);
  });

  it("is no warning in the version it belongs to", () => {
    expect(told("2.11.2", { "triggerer.default_capacity": "7" })).toEqual([]);
  });
});

describe("what Hangar decides", () => {
  it.each([
    ["3.3.1", "core.executor", "OVERRIDDEN"],
    ["3.3.1", "metrics.statsd_on", "OVERRIDDEN"],
    ["3.3.1", "core.fernet_key_cmd", "OVERRIDDEN"],
    ["3.3.1", "webserver.secret_key", "OVERRIDDEN"], // by its old name
    ["3.3.1", "api.base_url", "OVERRIDDEN"],
    ["2.11.2", "webserver.base_url", "OVERRIDDEN"],
    ["2.11.2", "scheduler.standalone_dag_processor", "OVERRIDDEN"],
    ["3.3.1", "celery.worker_concurrency", "IGNORED"],
  ])("in %s: %s is %s, with the reason", (version, option, code) => {
    const [warning] = optionWarnings(version, { [option]: "hunter2" });
    expect(warning).toMatchObject({ option, code, message: expect.stringMatching(/: [a-z].+\. .*[Ll]eave it out/) });
  });

  it("is said of a value the data plane cannot work with", () => {
    const options = { "celery.extra_celery_config": "[1]", "mwaa.triggerer_enabled": "perhaps" };
    expect(told("3.3.1", options)).toEqual(["celery.extra_celery_config IGNORED", "mwaa.triggerer_enabled IGNORED"]);
    expect(told("3.3.1", { "celery.extra_celery_config": '{"a":1}', "mwaa.triggerer_enabled": "true" })).toEqual([]);
  });
});

describe("values", () => {
  const key = fc.constantFrom(
    ...Object.keys(airflowOptions.renamed),
    ...Object.keys(airflowOptions.removed),
    ...Object.keys(airflowOptions.protected.always),
    "my.own",
    "constructor.prototype",
    "core.__proto__",
    "parallelism",
    "smtp.smtp_password",
    "celery.extra_celery_config",
    "mwaa.triggerer_enabled",
  );

  it("are in no warning, whatever the option and the version", () => {
    const version = fc.constantFrom(...airflowOptions.versions, "9.9.9");
    fc.assert(
      fc.property(version, fc.uniqueArray(key, { minLength: 1, maxLength: 20 }), (one, keys) => {
        const value = "Hunter2-value";
        const options = Object.fromEntries(keys.map((name) => [name, value]));
        expect(JSON.stringify(optionWarnings(one, options))).not.toContain(value);
      }),
    );
  });

  it.each([
    ["smtp.smtp_password", "x"],
    ["sentry.sentry_dsn", "x"],
    ["secrets.backend_kwargs", "x"],
    ["webserver.secret_key", "x"],
    ["my_plugin.api_key", "x"],
    ["my_plugin.address", "https://me:mine@host/"],
    ["core.sql_alchemy_conn", "x"],
  ])("of %s are masked", (option, value) => {
    expect(isSensitive(option, value)).toBe(true);
    expect(configurationView("3.3.1", { [option]: value }).Options[0]).toMatchObject({ Value: "***", Sensitive: true });
    expect(explanationView("3.3.1", option, { [option]: value })).toMatchObject({ Value: "***", Sensitive: true });
  });

  it("of others are shown, each with the code of its warning", () => {
    const options = { "smtp.smtp_host": "mail", "core.executor": "x" };
    expect(configurationView("3.3.1", options).Options).toEqual([
      { Name: "core.executor", Value: "x", Sensitive: false, Warning: "OVERRIDDEN" },
      { Name: "smtp.smtp_host", Value: "mail", Sensitive: false, Warning: null },
    ]);
  });

  it("of thousands of unknown options do not make the answer endless", () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`core.paralelism_${at}`, "x"]));
    expect(optionWarnings("3.3.1", many).length).toBe(100);
  });
});

describe("an explanation", () => {
  it("of an option that is not set says so, and which versions know it", () => {
    expect(explanationView("3.3.1", "triggerer.capacity", {})).toEqual({
      Option: "triggerer.capacity",
      Variable: "AIRFLOW__TRIGGERER__CAPACITY",
      Value: null,
      Sensitive: false,
      Code: "KNOWN",
      Message: "Airflow 3.3.1 has this option; the environment does not set it.",
      Versions: ["3.0.6", "3.2.1", "3.3.1"],
    });
  });
});
