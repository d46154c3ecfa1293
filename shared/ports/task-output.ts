// What a task has written to its standard output: the last of it, for whoever has to say why something failed.

export interface TaskOutput {
  /**
   * Of the one-off task that was started last with a token.
   * @returns the last lines, oldest first; none: nothing is there (any more)
   */
  ofOneOff(family: string, startToken: string): Promise<readonly string[]>;
  /** Of the task of a service that ended last; while none has, of one that runs. */
  ofService(name: string): Promise<readonly string[]>;
}
