// What every AirflowRest must guarantee: the call arrives as it was asked, and Airflow's answer comes back as it is, or one
// of two errors does.
import { expect, test } from "vitest";
import type { AirflowCall, AirflowRest } from "../../../shared/ports/airflow-rest.ts";

export interface AirflowRestSubject {
  readonly rest: AirflowRest;
  readonly webUrl: string;
  /** What Airflow says to calls from now on. */
  answers(status: number, body: string): void;
  /** Airflow takes calls from now on and says nothing. */
  staysSilent(): void;
  /** Calls of the API that arrived, signing in aside, in order. */
  asked(): readonly (Pick<AirflowCall, "method" | "path" | "query"> & { readonly body: string | undefined })[];
}

/** A short wait where Airflow is silent, a long one where it answers. */
export const callOf = (webUrl: string, changes: Partial<AirflowCall> = {}): AirflowCall => ({
  webUrl,
  airflowMajor: 3,
  webToken: "a token",
  method: "GET",
  path: "/dags",
  query: [],
  timeoutMilliseconds: 10_000,
  mostBytes: 1000,
  ...changes,
});

export function airflowRestContract(subject: () => AirflowRestSubject): void {
  test("a call arrives with its method, path, repeated query names and body", async () => {
    const { rest, webUrl, answers, asked } = subject();
    answers(200, "{}");
    const query = [
      ["tags", "a b"],
      ["tags", "c&d"],
      ["limit", "5"],
    ] as const;
    await rest.call(callOf(webUrl, { query }));
    const body = '{"logical_date":null,"conf":{"ä":1}}';
    await rest.call(callOf(webUrl, { method: "POST", path: "/dags/first/dagRuns", body }));
    await rest.call(callOf(webUrl, { method: "DELETE", path: "/variables/one" }));
    expect(asked().slice(-3)).toEqual([
      { method: "GET", path: "/dags", query, body: undefined },
      { method: "POST", path: "/dags/first/dagRuns", query: [], body },
      { method: "DELETE", path: "/variables/one", query: [], body: undefined },
    ]);
  });

  test.each([
    [200, '{"dags":[]}'],
    [204, ""],
    [404, '{"detail":"Dag not found"}'],
    [422, "no JSON at all"],
    [503, "{}"],
  ])("an answer of %i is an answer, with its body", async (status, body) => {
    const { rest, webUrl, answers } = subject();
    answers(status, body);
    expect(await rest.call(callOf(webUrl))).toEqual({ status, body });
  });

  test("an answer may be as long as the call says, in bytes, and no longer", async () => {
    const { rest, webUrl, answers } = subject();
    answers(200, "ä".repeat(500));
    expect((await rest.call(callOf(webUrl))).body).toHaveLength(500);
    answers(200, `${"ä".repeat(500)}!`);
    await expect(rest.call(callOf(webUrl))).rejects.toMatchObject({ name: "AirflowAnswerTooLong" });
  });

  test("an Airflow that says nothing is silent when the call's time is over", async () => {
    const { rest, webUrl, staysSilent } = subject();
    staysSilent();
    await expect(rest.call(callOf(webUrl, { timeoutMilliseconds: 50 }))).rejects.toMatchObject({
      name: "AirflowSilent",
    });
  });
}
