// Elastic Load Balancing v2 on one machine: one load balancer with one listener, whose rules give every environment an
// address of its own. Requests are carried by a process apart (local/loadbalancer); this engine tells it what to do.
import type { Engine, EngineContext } from "../engine.ts";
import type { JsonOperation } from "../json-protocol.ts";
import type { LoadBalancerConfiguration } from "../loadbalancer/configuration.ts";
import type { LoadBalancerStatus } from "../loadbalancer/status.ts";
import { answerQuery } from "../sts/query-protocol.ts";
import { loadBalancerArns } from "./arns.ts";
import { loadBalancerOperations } from "./load-balancers.ts";
import { ruleOperations } from "./rules.ts";
import { type ElbState, findTargetGroup, isDrained, loadBalancerConfiguration } from "./state.ts";
import { openStore } from "./store.ts";
import { tagOperations } from "./tags.ts";
import { targetGroupOperations } from "./target-groups.ts";
import { deregisterTargets, forgetDrained, registerTargets, targetOperations, type TaskTarget } from "./targets.ts";

export interface ElbOptions {
  /** The one web port. */
  readonly port: number;
  /** Hands the load balancer's process its new configuration; awaited before the request that changed it is answered. */
  readonly onChange: (configuration: LoadBalancerConfiguration) => void | Promise<void>;
  /** What the process says of itself and of the targets; undefined while there is none. */
  readonly status: () => LoadBalancerStatus | undefined;
}

export interface ElbEngine extends Engine {
  readonly loadBalancerArn: string;
  readonly listenerArn: string;
  /** What the load balancer's process is to do now, for its start. */
  configuration(): LoadBalancerConfiguration;
  /** Registers a task; harmless when repeated. @throws TargetGroupNotFound */
  register(targetGroupArn: string, target: TaskTarget): Promise<void>;
  /**
   * Takes a task out of rotation and resolves when it answers nothing any more, at most the group's deregistration delay
   * later: only then may it be stopped. Harmless when repeated, or when group or task are not known (any more).
   */
  deregister(targetGroupArn: string, id: string): Promise<void>;
}

const service = { namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/", version: "2015-12-01" };
const drainPollMilliseconds = 25;

export function createElbEngine(context: EngineContext, options: ElbOptions): ElbEngine {
  const store = openStore(context.folder);
  const arns = loadBalancerArns(context);
  let closed = false;
  const state: ElbState = {
    context,
    store,
    arns,
    port: options.port,
    status: options.status,
    change: async (work) => {
      const matters = store.transaction(() => {
        const changed = work();
        if (changed) store.raiseEpoch();
        return changed;
      });
      if (matters) await options.onChange(loadBalancerConfiguration(store, options.port));
    },
  };
  const operations: Readonly<Record<string, JsonOperation>> = {
    ...loadBalancerOperations(state),
    ...targetGroupOperations(state),
    ...ruleOperations(state),
    ...targetOperations(state),
    ...tagOperations(state),
  };

  return {
    signingNames: ["elasticloadbalancing"],
    loadBalancerArn: arns.loadBalancer,
    listenerArn: arns.listener,
    handle: (request) => answerQuery(service, operations, request),
    configuration: () => loadBalancerConfiguration(store, options.port),
    register: async (targetGroupArn, target) => {
      findTargetGroup(store, targetGroupArn);
      await registerTargets(state, targetGroupArn, [target]);
    },
    deregister: async (targetGroupArn, id) => {
      const isIt = (target: { targetGroup: string; id: string }) =>
        target.targetGroup === targetGroupArn && target.id === id;
      let draining = await deregisterTargets(state, isIt);
      // Bounded: isDrained says so once the group's deregistration delay is over.
      while (!closed && draining.some((target) => !isDrained(state, target))) {
        await new Promise((resolve) => setTimeout(resolve, drainPollMilliseconds));
        if (!closed) draining = store.targets().filter((target) => target.draining && isIt(target));
      }
      if (!closed) await forgetDrained(state);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      store.close();
    },
  };
}
