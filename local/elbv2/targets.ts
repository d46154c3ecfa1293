// Targets: registered by the API or by ECS, drained when they are deregistered, and their health as the load balancer's
// process sees it.
import { type JsonInput, type JsonOperation, ServiceError } from "../json-protocol.ts";
import { isLoopbackAddress } from "../loadbalancer/addresses.ts";
import { optionalInteger, optionalText, refuse, requiredText, structures, texts, validationError } from "./input.ts";
import { type ElbState, findTargetGroup, groupsInUse, isAt, isDrained } from "./state.ts";
import type { StoredTarget, StoredTargetGroup } from "./store.ts";

/** Where a task can be reached; `id` is how ECS knows it again. */
export interface TaskTarget {
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

const mostTargets = 1_000;

export function targetOperations(state: ElbState): Readonly<Record<string, JsonOperation>> {
  const { store } = state;
  return {
    RegisterTargets: async (input) => {
      const group = findTargetGroup(store, requiredText(input, "TargetGroupArn"));
      await registerTargets(state, group.arn, readTargets(input, group));
      return {};
    },

    DeregisterTargets: async (input) => {
      const group = findTargetGroup(store, requiredText(input, "TargetGroupArn"));
      const wanted = readTargets(input, group);
      const matches = (one: StoredTarget) => wanted.some((target) => sameAddress(one, target));
      await deregisterTargets(state, (one) => one.targetGroup === group.arn && matches(one));
      return {};
    },

    DescribeTargetHealth: async (input) => {
      const group = findTargetGroup(store, requiredText(input, "TargetGroupArn"));
      refuse(input, texts(input, "Include").length > 0 ? ["Include"] : []);
      await forgetDrained(state);
      const registered = store.targets().filter(({ targetGroup }) => targetGroup === group.arn);
      const asked = structures(input, "Targets").length > 0 ? readTargets(input, group) : registered;
      return {
        TargetHealthDescriptions: asked.map(({ address, port }) => {
          const target = registered.find((one) => one.address === address && one.port === port);
          return {
            Target: { Id: address, Port: port },
            HealthCheckPort: String(port),
            TargetHealth: target ? healthOf(state, target) : notRegistered,
          };
        }),
      };
    },
  };
}

/**
 * Registers targets; one that is draining serves again, one that is there already stays as it is.
 * @throws TooManyTargets
 */
export async function registerTargets(
  state: ElbState,
  targetGroup: string,
  targets: readonly TaskTarget[],
): Promise<void> {
  const { store } = state;
  await state.change(() => {
    const before = store.targets().filter((one) => one.targetGroup === targetGroup);
    const fresh = targets.filter((target) => !before.some((one) => isAt(one, target) && !one.draining));
    for (const target of fresh) store.putTarget({ ...target, targetGroup, draining: undefined });
    if (before.length + fresh.length > mostTargets) {
      throw new ServiceError("TooManyTargets", `A target group can have ${mostTargets} targets`);
    }
    return fresh.length > 0;
  });
}

/** Takes targets out of rotation; they finish what they answer. @returns what is draining now, by the choice */
export async function deregisterTargets(
  state: ElbState,
  chosen: (target: StoredTarget) => boolean,
): Promise<StoredTarget[]> {
  const { store, context } = state;
  await state.change(() => {
    const leaving = store.targets().filter((target) => !target.draining && chosen(target));
    const draining = { since: context.now(), epoch: store.epoch() + 1 };
    for (const target of leaving) store.putTarget({ ...target, draining });
    return leaving.length > 0;
  });
  return store.targets().filter((target) => target.draining && chosen(target));
}

/** Deletes the targets that have finished. */
export async function forgetDrained(state: ElbState): Promise<void> {
  const done = state.store.targets().filter((target) => isDrained(state, target));
  if (done.length === 0) return;
  await state.change(() => {
    for (const target of done) state.store.deleteTarget(target);
    return false;
  });
}

function readTargets(input: JsonInput, group: StoredTargetGroup): TaskTarget[] {
  const targets = structures(input, "Targets");
  if (targets.length === 0) throw validationError("A target must be specified");
  return targets.map((target) => {
    refuse(target, ["QuicServerId"]);
    const address = requiredText(target, "Id");
    const port = optionalInteger(target, "Port", 1, 65_535) ?? group.port;
    const zone = optionalText(target, "AvailabilityZone");
    if (!isLoopbackAddress(address) || (zone !== undefined && zone !== "all")) {
      throw new ServiceError(
        "InvalidTarget",
        `The target '${address}'${zone === undefined ? "" : ` in zone '${zone}'`} is not valid: on one machine a target is a loopback address (127.x.y.z)`,
      );
    }
    return { id: `${address}:${port}`, address, port };
  });
}

function sameAddress(one: TaskTarget, other: TaskTarget): boolean {
  return one.address === other.address && one.port === other.port;
}

interface ShownHealth {
  readonly State: string;
  readonly Reason?: string | undefined;
  readonly Description?: string | undefined;
}

const notRegistered: ShownHealth = {
  State: "unused",
  Reason: "Target.NotRegistered",
  Description: "Target is not registered to the target group",
};

function healthOf(state: ElbState, target: StoredTarget): ShownHealth {
  if (target.draining) {
    return {
      State: "draining",
      Reason: "Target.DeregistrationInProgress",
      Description: "Target deregistration is in progress",
    };
  }
  if (!groupsInUse(state.store).has(target.targetGroup)) {
    return {
      State: "unused",
      Reason: "Target.NotInUse",
      Description: "Target group is not configured to receive traffic from the load balancer",
    };
  }
  const seen = state.status()?.targets.find((one) => one.targetGroup === target.targetGroup && isAt(one, target));
  if (!seen || seen.state === "draining") {
    return {
      State: "initial",
      Reason: "Elb.RegistrationInProgress",
      Description: "Target registration is in progress",
    };
  }
  return { State: seen.state, Reason: seen.reason, Description: seen.description };
}
