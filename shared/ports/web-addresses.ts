// The stable address of an environment, in front of its web tasks.

export interface WebAddresses {
  /** Makes target group and host rule; safe to repeat. @returns the target group's ARN */
  ensure(spec: { readonly targetGroup: string; readonly host: string; readonly healthPath: string }): Promise<string>;
  /** Removes rule and target group; gone already is fine. */
  remove(spec: { readonly targetGroup: string; readonly host: string }): Promise<void>;
}
