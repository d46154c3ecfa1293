// Secrets: made once with random values, read by few, deleted with their environment.

export interface SecretVault {
  /**
   * Makes a secret with these values unless it exists; what exists is never changed.
   * @param values key → value; the caller draws them
   */
  ensure(name: string, values: Readonly<Record<string, string>>): Promise<void>;
  /** The values. @throws when the secret does not exist */
  read(name: string): Promise<Readonly<Record<string, string>>>;
  /** The secret's ARN: task definitions name it. @throws when the secret does not exist */
  arn(name: string): Promise<string>;
  /** At once, without a recovery window; a secret that is gone is fine. */
  remove(name: string): Promise<void>;
}
