// What is told to CloudWatch of how an environment's operations end: what its stuck-operation alarm goes by.

export interface OperationOutcomes {
  /**
   * Says of an environment that its operation is stuck, or that one ended otherwise.
   * @param environment both name and id: a namesake that is gone says nothing about this one
   */
  tell(environment: { readonly name: string; readonly environmentId: string }, stuck: boolean): Promise<void>;
}
