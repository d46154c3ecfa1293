// What the operations of the engine share: the store, the ARNs, the load balancer's configuration, and one way to change.
import type { EngineContext } from "../engine.ts";
import { ServiceError } from "../json-protocol.ts";
import type { LoadBalancerConfiguration } from "../loadbalancer/configuration.ts";
import type { LoadBalancerStatus } from "../loadbalancer/status.ts";
import type { LoadBalancerArns } from "./arns.ts";
import type { Store, StoredTarget, StoredTargetGroup } from "./store.ts";

export interface ElbState {
  readonly context: EngineContext;
  readonly store: Store;
  readonly arns: LoadBalancerArns;
  /** The one web port. */
  readonly port: number;
  /** What the load balancer's process says; undefined while there is none. */
  readonly status: () => LoadBalancerStatus | undefined;
  /**
   * Runs `work` in one commit; when it says `true`, the load balancer is told the new configuration before this returns.
   * A kill in between is made good at the next start, which tells it again.
   */
  change(work: () => boolean): Promise<void>;
}

/** @throws TargetGroupNotFound */
export function findTargetGroup(store: Store, arn: string): StoredTargetGroup {
  const found = store.targetGroups().find((group) => group.arn === arn);
  if (!found) throw new ServiceError("TargetGroupNotFound", `One or more target groups not found: '${arn}'`);
  return found;
}

/** ARNs of the target groups that rules forward to. */
export const groupsInUse = (store: Store): ReadonlySet<string> =>
  new Set(store.rules().flatMap(({ action }) => ("targetGroup" in action ? [action.targetGroup] : [])));

/**
 * What the load balancer's process is to do now. Groups that no rule uses are left out: they get no requests, and their
 * targets are not checked, as behind an Application Load Balancer.
 */
export function loadBalancerConfiguration(store: Store, port: number): LoadBalancerConfiguration {
  const rules = store.rules();
  const targets = store.targets().filter(({ draining }) => !draining);
  const used = groupsInUse(store);
  const groups = store.targetGroups().filter(({ arn }) => used.has(arn));
  return {
    epoch: store.epoch(),
    port,
    rules: rules.map(({ priority, hosts, pathPatterns, action }) => ({
      priority,
      hosts,
      ...(pathPatterns.length > 0 ? { pathPatterns } : {}),
      ...action,
    })),
    targetGroups: Object.fromEntries(
      groups.map(({ arn, healthCheck, deregistrationDelaySeconds }) => {
        const { enabled: _enabled, ...check } = healthCheck;
        const own = targets.filter(({ targetGroup }) => targetGroup === arn);
        const list = own.map(({ id, address, port: targetPort }) => ({ id, address, port: targetPort }));
        return [arn, { healthCheck: check, deregistrationDelaySeconds, targets: list }];
      }),
    ),
  };
}

/**
 * True when a deregistered target answers nothing any more: the process works by a configuration without it and has
 * nothing of it in flight, or there is no process, or its time is over.
 */
export function isDrained(state: ElbState, target: StoredTarget): boolean {
  if (!target.draining) return false;
  const group = state.store.targetGroups().find(({ arn }) => arn === target.targetGroup);
  const delay = (group?.deregistrationDelaySeconds ?? 0) * 1000;
  if (state.context.now() - target.draining.since >= delay) return true;
  const status = state.status();
  if (!status) return true;
  const busy = status.targets.some((one) => one.targetGroup === target.targetGroup && isAt(one, target));
  return status.epoch >= target.draining.epoch && !busy;
}

export function isAt(one: Pick<StoredTarget, "id" | "port">, other: Pick<StoredTarget, "id" | "port">): boolean {
  return one.id === other.id && one.port === other.port;
}
