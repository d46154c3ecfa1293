// Addresses in memory: target groups by name, rules by host, and the hosts that are closed.
import type { WebAddresses } from "../ports/web-addresses.ts";

export interface MemoryWebAddresses extends WebAddresses {
  /** Name → ARN. */
  readonly targetGroups: Map<string, string>;
  /** Host → ARN of the target group it is forwarded to. */
  readonly rules: Map<string, string>;
  /** Hosts of which only the Execution API is forwarded. */
  readonly closed: Set<string>;
}

/** No addresses. */
export function memoryWebAddresses(): MemoryWebAddresses {
  const targetGroups = new Map<string, string>();
  const rules = new Map<string, string>();
  const closed = new Set<string>();
  let made = 0;
  return {
    targetGroups,
    rules,
    closed,
    async ensure({ targetGroup, host, closed: close }) {
      const arn =
        targetGroups.get(targetGroup) ??
        `arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/${targetGroup}/${String(++made).padStart(16, "0")}`;
      targetGroups.set(targetGroup, arn);
      rules.set(host, arn);
      if (close) closed.add(host);
      else closed.delete(host);
      return arn;
    },
    async remove({ targetGroup }) {
      const arn = targetGroups.get(targetGroup);
      for (const [host, forwardedTo] of rules) {
        if (forwardedTo !== arn) continue;
        rules.delete(host);
        closed.delete(host);
      }
      targetGroups.delete(targetGroup);
    },
  };
}
