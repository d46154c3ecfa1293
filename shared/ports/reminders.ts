// A look at an environment's workers, asked for later: alarms speak on transitions only (design, section 8).

export interface Reminders {
  /**
   * Has the environment's workers looked at again.
   * @param delaySeconds whole, 0 to 900 (SQS)
   */
  remind(environment: { readonly name: string; readonly environmentId: string }, delaySeconds: number): Promise<void>;
}
