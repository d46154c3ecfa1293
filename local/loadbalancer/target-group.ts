// The targets of one group at work: probed, taken in turn, and let go only when they have finished what they answer.
import type { TargetConfiguration, TargetGroupConfiguration } from "./configuration.ts";
import { probeTarget } from "./probe.ts";
import type { TargetStatus } from "./status.ts";
import {
  healthyTarget,
  newTarget,
  nextProbeMilliseconds,
  type Observation,
  observeTarget,
  type TargetHealth,
} from "./target-health.ts";

/** One request's (or upgraded connection's) hold on a target. */
export interface Lease {
  readonly target: TargetConfiguration;
  /** The request is over; repeating it is harmless. */
  release(): void;
  /** The request found nobody listening: the target gets no more until its probes pass again. */
  refused(): void;
}

export interface TargetGroup {
  /** Puts a new configuration in force: new targets are probed at once, missing ones drain. */
  apply(configuration: TargetGroupConfiguration): void;
  /**
   * The next target in turn. Healthy ones first; when none is, those that fail their checks but do listen (an
   * Application Load Balancer fails open too: a slow answer beats none); otherwise undefined.
   * @param avoid targets that just failed; chosen again only when nothing else is left
   * @param abort called when the target was removed and its time to finish is over
   */
  acquire(avoid: ReadonlySet<string>, abort: () => void): Lease | undefined;
  status(): TargetStatus[];
  /** Lets every target finish what it answers; for a group that is no longer used. */
  drainAll(): void;
  /** Removes every target now. */
  close(): void;
}

export interface TargetGroupOptions {
  readonly name: string;
  /** Called when a target's state changed or a draining one is done. */
  readonly onChange: () => void;
  /** What the process before this one knew, so that a restart serves at once. */
  readonly known: readonly TargetStatus[];
}

interface Member {
  readonly target: TargetConfiguration;
  readonly since: number;
  readonly holds: Set<() => void>;
  health: TargetHealth;
  draining: boolean;
  timer: NodeJS.Timeout | undefined;
}

export function createTargetGroup(options: TargetGroupOptions, first: TargetGroupConfiguration): TargetGroup {
  const members = new Map<string, Member>();
  let configuration = first;
  let turn = 0;

  const observe = (member: Member, observation: Observation) => {
    const before = member.health;
    const ageSeconds = (performance.now() - member.since) / 1000;
    member.health = observeTarget(before, observation, configuration.healthCheck, ageSeconds);
    if (member.health.state !== before.state) options.onChange();
  };

  const probe = async (key: string, member: Member) => {
    const observation = await probeTarget(member.target, configuration.healthCheck);
    if (members.get(key) !== member || member.draining) return;
    observe(member, observation);
    probeIn(nextProbeMilliseconds(member.health, configuration.healthCheck), key, member);
  };
  const probeIn = (milliseconds: number, key: string, member: Member) => {
    clearTimeout(member.timer);
    member.timer = setTimeout(() => void probe(key, member), milliseconds);
  };

  const add = (key: string, target: TargetConfiguration) => {
    const wasHealthy = options.known.some(
      (one) => one.targetGroup === options.name && keyOf(one) === key && one.state === "healthy",
    );
    const health = wasHealthy ? healthyTarget : newTarget;
    const member: Member = {
      target,
      since: performance.now(),
      holds: new Set(),
      health,
      draining: false,
      timer: undefined,
    };
    members.set(key, member);
    void probe(key, member);
  };
  const drain = (key: string, member: Member) => {
    member.draining = true;
    clearTimeout(member.timer);
    if (member.holds.size === 0) return remove(key, member);
    member.timer = setTimeout(() => {
      for (const abort of [...member.holds]) abort();
    }, configuration.deregistrationDelaySeconds * 1000);
  };
  const remove = (key: string, member: Member) => {
    clearTimeout(member.timer);
    members.delete(key);
    options.onChange();
  };

  const group: TargetGroup = {
    apply: (next) => {
      const checkChanged = JSON.stringify(next.healthCheck) !== JSON.stringify(configuration.healthCheck);
      configuration = next;
      const wanted = new Map(next.targets.map((target) => [keyOf(target), target]));
      for (const [key, member] of [...members]) {
        if (!wanted.has(key)) {
          if (!member.draining) drain(key, member);
        } else if (member.draining || checkChanged) {
          member.draining = false;
          probeIn(0, key, member);
        }
      }
      for (const [key, target] of wanted) if (!members.has(key)) add(key, target);
    },
    acquire: (avoid, abort) => {
      const serving = [...members.values()].filter((member) => !member.draining);
      const healthy = serving.filter(({ health }) => health.state === "healthy");
      const listening = serving.filter(({ health }) => health.state === "unhealthy" && !health.refusesConnections);
      const eligible = healthy.length > 0 ? healthy : listening;
      const preferred = eligible.filter(({ target }) => !avoid.has(keyOf(target)));
      const choice = preferred.length > 0 ? preferred : eligible;
      const member = choice[turn++ % choice.length];
      if (!member) return undefined;
      const hold = () => abort();
      member.holds.add(hold);
      return {
        target: member.target,
        release: () => {
          if (!member.holds.delete(hold)) return;
          const key = keyOf(member.target);
          if (member.draining && member.holds.size === 0 && members.get(key) === member) remove(key, member);
        },
        refused: () => {
          if (member.draining) return;
          observe(member, { kind: "refused" });
          probeIn(nextProbeMilliseconds(member.health, configuration.healthCheck), keyOf(member.target), member);
        },
      };
    },
    status: () =>
      [...members.values()].map(({ target, health, draining, holds }) => ({
        targetGroup: options.name,
        ...target,
        state: draining ? "draining" : health.state,
        ...(health.reason && !draining ? { reason: health.reason } : {}),
        ...(health.description && !draining ? { description: health.description } : {}),
        inFlight: holds.size,
      })),
    drainAll: () => group.apply({ ...configuration, targets: [] }),
    close: () => {
      for (const member of members.values()) {
        clearTimeout(member.timer);
        for (const abort of [...member.holds]) abort();
      }
      members.clear();
    },
  };
  group.apply(first);
  return group;
}

/** A target is the same only at the same place: a task that comes back on another port is new. */
export function keyOf(target: TargetConfiguration): string {
  return `${target.id} ${target.address}:${target.port}`;
}
