// The container service: services of tasks, and one-off tasks.
import type { ServiceSpec, TaskSpec } from "../domain/service-specs.ts";
import type { ServiceObservation } from "../domain/verdict.ts";

export type OneOffState =
  | { readonly state: "missing" }
  | { readonly state: "running" }
  | { readonly state: "stopped"; readonly exitCode: number | null; readonly reason: string };

export interface Containers {
  /**
   * Registers the task definition if its content is new, and makes or updates the service. Safe to repeat.
   * @param secretArn ARN of the secret the spec's keys lie in
   * @param targetGroupArn for a service behind the environment's address
   */
  deploy(spec: ServiceSpec, secretArn: string, targetGroupArn: string | null): Promise<void>;
  /** How many tasks a service shall have from now on. @throws when there is no such service */
  scale(serviceName: string, desiredCount: number): Promise<void>;
  /** Stops single tasks, which their services replace; stopped or gone already is fine. */
  stopTasks(taskIds: readonly string[], reason: string): Promise<void>;
  observe(serviceNames: readonly string[]): Promise<readonly ServiceObservation[]>;
  /** Deletes services (stopping their tasks) and deregisters their task definitions; gone already is fine. */
  remove(serviceNames: readonly string[]): Promise<void>;
  /** Starts a one-off task, once per start token. @param secretArn null for one that reads no secret */
  runOnce(spec: TaskSpec, secretArn: string | null, startToken: string): Promise<void>;
  describeOnce(family: string, startToken: string): Promise<OneOffState>;
  /** Stops a one-off task if it runs, and waits (bounded) until it has stopped. */
  stopOnce(family: string, startToken: string): Promise<void>;
  /** Deregisters the task definitions of a one-off family; gone already is fine. */
  forgetOnce(family: string): Promise<void>;
}
