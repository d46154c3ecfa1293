// The load balancer inside its process: configuration in, requests carried, status out.
import type { IncomingMessage } from "node:http";
import { noRule, type OwnAnswer, sendAnswer, sendRawAnswer } from "./answers.ts";
import { listeningAddress } from "./addresses.ts";
import type { FixedResponse, LoadBalancerConfiguration } from "./configuration.ts";
import { createForwarder, type ForwarderOptions } from "./forwarding.ts";
import { createListeners } from "./listeners.ts";
import { routeRequest } from "./routing.ts";
import type { LoadBalancerStatus, TargetStatus } from "./status.ts";
import { createTargetGroup, type TargetGroup } from "./target-group.ts";

/** What the load balancer knows of itself; who its process is and what it refused is added by the process. */
export type LoadBalancerState = Omit<LoadBalancerStatus, "pid" | "startTime" | "refused">;

export interface LoadBalancer {
  /** Puts a configuration in force; one with an older epoch than the last is ignored. */
  apply(configuration: LoadBalancerConfiguration): Promise<void>;
  /** Tries again to listen where it was not possible. */
  retryListening(): Promise<void>;
  state(): LoadBalancerState;
  /** Stops listening, lets go of idle connections; requests in flight have `graceMilliseconds` to end. */
  close(graceMilliseconds: number): Promise<void>;
}

export interface LoadBalancerOptions extends ForwarderOptions {
  /** Called when `state()` has changed. */
  readonly onChange?: () => void;
  /** What the process before this one knew of the targets. */
  readonly known?: readonly TargetStatus[];
}

/** Listened on always, so that a taken port is found out before the first environment needs it. */
const ownAddress = "127.0.0.1";

export function createLoadBalancer(options: LoadBalancerOptions = {}): LoadBalancer {
  const groups = new Map<string, TargetGroup>();
  const leaving = new Set<TargetGroup>();
  const forwarder = createForwarder(options);
  let current: LoadBalancerConfiguration | undefined;
  const changed = () => options.onChange?.();

  /** Who is to answer: a target group, or the load balancer itself with these words. */
  const find = (
    address: string,
    { headers, url = "/" }: IncomingMessage,
  ): { readonly group: TargetGroup } | { readonly answer: OwnAnswer | FixedResponse } => {
    const action = current && routeRequest(current.rules, address, headers.host, url);
    if (action && "fixedResponse" in action) return { answer: action.fixedResponse };
    const group = action && groups.get(action.targetGroup);
    return group ? { group } : { answer: noRule };
  };
  const listeners = createListeners({
    request: (address, request, response) => {
      const found = find(address, request);
      if ("group" in found) forwarder.forward(request, response, found.group);
      else sendAnswer(request, response, found.answer);
    },
    upgrade: (address, request, socket, head) => {
      const found = find(address, request);
      if ("group" in found) return forwarder.upgrade(request, socket, head, found.group);
      socket.on("error", () => socket.destroy());
      sendRawAnswer(request, socket, found.answer);
    },
  });
  const listen = async () => {
    if (!current) return;
    const addresses = current.rules.flatMap(({ hosts }) => hosts.map((host) => listeningAddress(host) ?? ownAddress));
    await listeners.listenOn([ownAddress, ...new Set(addresses)], current.port);
  };

  return {
    apply: async (configuration) => {
      if (current && configuration.epoch < current.epoch) return;
      current = configuration;
      for (const [name, next] of Object.entries(configuration.targetGroups)) {
        const group = groups.get(name);
        if (group) group.apply(next);
        else groups.set(name, createTargetGroup({ name, onChange: changed, known: options.known ?? [] }, next));
      }
      for (const [name, group] of [...groups]) {
        if (configuration.targetGroups[name]) continue;
        groups.delete(name);
        leaving.add(group);
        group.drainAll();
      }
      await listen();
      changed();
    },
    retryListening: async () => {
      if (listeners.problems().length === 0) return;
      await listen();
      changed();
    },
    state: () => {
      for (const group of leaving) if (group.status().length === 0) leaving.delete(group);
      return {
        epoch: current?.epoch ?? 0,
        port: current?.port ?? 0,
        listening: listeners.listening(),
        problems: listeners.problems(),
        targets: [...groups.values(), ...leaving].flatMap((group) => group.status()),
      };
    },
    close: async (graceMilliseconds) => {
      listeners.close();
      const deadline = performance.now() + graceMilliseconds;
      const all = [...groups.values(), ...leaving];
      while (performance.now() < deadline && all.some((group) => group.status().some(({ inFlight }) => inFlight > 0))) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      for (const group of all) group.close();
      forwarder.close();
    },
  };
}
