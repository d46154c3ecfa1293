// The stable address of an environment, in front of its web tasks.

export interface WebAddresses {
  /**
   * Makes target group and address, or moves the address to this target group in one change. Safe to repeat.
   * `closed`: only Airflow 3's Execution API (`/execution/*`) reaches the target group, everything else is answered 503 in
   * words; without, the address is open. A call may be cut off anywhere: an address that was closed and is to be closed does
   * not open in between, tasks do not lose the Execution API, and no other address is touched.
   * @returns the target group's ARN
   * @throws HangarError DependencyUnavailable when the load balancer can take no further rule: closing one needs one more.
   *   What was open is open then, and what was closed is closed
   */
  ensure(spec: {
    readonly targetGroup: string;
    readonly host: string;
    readonly healthPath: string;
    readonly closed?: boolean;
  }): Promise<string>;
  /**
   * Removes the target group, and the address with it, open or closed, unless it has moved on to another target group.
   * Gone already is fine.
   */
  remove(spec: { readonly targetGroup: string; readonly host: string }): Promise<void>;
}
