// Which changes of a listener's rules bring one host's address to what it is to be. Pure. An address is a *door*, the rule
// that forwards; a closed one has a narrow door and, behind it, a *notice*, the rule that answers everything else.
import type { Action, Rule, RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import { HangarError } from "../domain/errors.ts";

export interface WantedAddress {
  readonly host: string;
  readonly targetGroupArn: string;
  readonly closed: boolean;
}

/** One call of Elastic Load Balancing. */
export type RuleAct =
  | {
      readonly kind: "create";
      readonly priority: number;
      readonly conditions: RuleCondition[];
      readonly actions: Action[];
    }
  | { readonly kind: "modify"; readonly arn: string; readonly conditions: RuleCondition[]; readonly actions: Action[] }
  | { readonly kind: "delete"; readonly arn: string };

/** Airflow 3's Execution API: what tasks that still run speak to. */
const executionPath = "/execution/*";
const closedNotice = "This environment is being upgraded. Its UI and API come back when that has ended.";
const highestPriority = 50_000;

/**
 * In order, so that it can be cut off after any of them: the notice is there before the door narrows and goes after it has
 * widened, and door and target group change in one write.
 * @throws HangarError DependencyUnavailable when no rule priority is left
 */
export function actsToSettle(rules: readonly Rule[], wanted: WantedAddress): readonly RuleAct[] {
  const { host, closed } = wanted;
  const { doors, notices } = addressOf(rules, host);
  const [door, ...surplus] = doors;
  const taken = new Set(rules.map(priorityOf));
  const conditions = [hostCondition(host), ...(closed ? [pathCondition] : [])];
  const actions = [{ Type: "forward" as const, TargetGroupArn: wanted.targetGroupArn }];

  const doorPriority = door ? priorityOf(door) : freePriority(taken, 0);
  const newDoor: RuleAct = { kind: "create", priority: doorPriority, conditions, actions };
  const changedDoor: RuleAct | undefined =
    door && !isAsWanted(door, wanted) ? { kind: "modify", arn: arnOf(door), conditions, actions } : undefined;
  // one before the door would keep tasks that still run from the Execution API
  const kept = closed ? notices.find((notice) => priorityOf(notice) > doorPriority) : undefined;
  const newNotice: RuleAct | undefined =
    closed && !kept
      ? {
          kind: "create",
          priority: freePriority(taken, doorPriority),
          conditions: [hostCondition(host)],
          actions: [noticeAction],
        }
      : undefined;
  return [
    ...surplus.map(removal),
    ...(door ? [] : [newDoor]),
    ...(newNotice ? [newNotice] : []),
    ...(changedDoor ? [changedDoor] : []),
    ...notices.filter((notice) => notice !== kept).map(removal),
  ];
}

/**
 * What is to go with a target group: every rule that forwards to it, and the host's notice unless its door is another's.
 * The notice goes first: the door says whose the address is.
 */
export function actsToRemove(
  rules: readonly Rule[],
  host: string,
  targetGroupArn: string | undefined,
): readonly RuleAct[] {
  const own = rules.filter((rule) => targetGroupArn !== undefined && forwardsTo(rule, targetGroupArn));
  const { doors, notices } = addressOf(rules, host);
  return [...(doors.every((door) => own.includes(door)) ? notices : []), ...own].map(removal);
}

/** The rules of a host that forward, and those that answer, each in order of priority. */
function addressOf(rules: readonly Rule[], host: string) {
  const own = rules
    .filter((rule) => valuesOf(rule, "host-header").includes(host))
    .toSorted((a, b) => priorityOf(a) - priorityOf(b));
  const having = (type: string) => own.filter(({ Actions = [] }) => Actions.some(({ Type }) => Type === type));
  return { doors: having("forward"), notices: having("fixed-response") };
}

const isAsWanted = (door: Rule, { targetGroupArn, closed }: WantedAddress): boolean =>
  forwardsTo(door, targetGroupArn) && valuesOf(door, "path-pattern").join() === (closed ? executionPath : "");

const forwardsTo = ({ Actions = [] }: Rule, targetGroupArn: string): boolean =>
  Actions.some(
    ({ TargetGroupArn, ForwardConfig }) =>
      TargetGroupArn === targetGroupArn ||
      ForwardConfig?.TargetGroups?.some((group) => group.TargetGroupArn === targetGroupArn),
  );

const hostCondition = (host: string): RuleCondition => ({ Field: "host-header", HostHeaderConfig: { Values: [host] } });
const pathCondition: RuleCondition = { Field: "path-pattern", PathPatternConfig: { Values: [executionPath] } };
const noticeAction: Action = {
  Type: "fixed-response",
  FixedResponseConfig: { StatusCode: "503", ContentType: "text/plain", MessageBody: closedNotice },
};

const valuesOf = ({ Conditions = [] }: Rule, field: "host-header" | "path-pattern"): readonly string[] =>
  Conditions.filter(({ Field }) => Field === field).flatMap(
    (one) => (one.HostHeaderConfig ?? one.PathPatternConfig)?.Values ?? one.Values ?? [],
  );

/** The default rule's priority is a word: it counts as none. */
const priorityOf = ({ Priority }: Rule): number => Number(Priority);
const arnOf = ({ RuleArn }: Rule): string => RuleArn!;
const removal = (rule: Rule): RuleAct => ({ kind: "delete", arn: arnOf(rule) });

/** The lowest number above `above` that no rule has. Everybody takes the lowest, so two that look at once collide and look again. */
function freePriority(taken: ReadonlySet<number>, above: number): number {
  for (let priority = above + 1; priority <= highestPriority; priority++) if (!taken.has(priority)) return priority;
  throw new HangarError(
    "DependencyUnavailable",
    above === 0
      ? "The load balancer's listener has no free rule priority left."
      : `The load balancer's listener has no free rule priority above ${above}, so the address there cannot be closed. Give its rule a lower number.`,
  );
}
