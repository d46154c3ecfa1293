// An environment's own REST API, as a person with a role in it would call it.

export interface AirflowCall {
  /** Base address of the environment's web tasks, without a closing slash. */
  readonly webUrl: string;
  readonly airflowMajor: 2 | 3;
  /** Signed, for one use: it is exchanged for a session first. */
  readonly webToken: string;
  readonly method: string;
  /** Relative to the API's root, e.g. `/dags`. */
  readonly path: string;
  /** Name and value; a name may come more than once. */
  readonly query: readonly (readonly [string, string])[];
  /** JSON text; absent for none. */
  readonly body?: string;
  readonly timeoutMilliseconds: number;
  /** Longer answers are refused. */
  readonly mostBytes: number;
}

export interface AirflowRest {
  /**
   * Signs in and calls.
   * @returns Airflow's status and body, whatever they are
   * @throws AirflowSilent when nothing answered in time, AirflowRefusedSignIn, AirflowAnswerTooLong
   */
  call(call: AirflowCall): Promise<{ readonly status: number; readonly body: string }>;
}
