// Descriptions that lag behind, as ECS's do: "the result of an API command you run … might not be immediately visible to
// all subsequent commands" (Amazon ECS API Reference, RunTask). What is told was true at most three seconds ago.
import type { JsonInput, JsonOperation } from "../json-protocol.ts";
import type { Unkind } from "../unkind/unkind.ts";
import { shortName } from "./state.ts";

type Operations = Readonly<Record<string, JsonOperation>>;
type View = Readonly<Record<string, unknown>>;

interface Past {
  readonly at: number;
  /** Absent: there was no such thing. */
  readonly view?: View;
}

const behindMilliseconds = 3000;
const mostRemembered = 2000;

/** What is described, and which operations change it under which member of their input. */
const described = [
  {
    operation: "DescribeServices",
    member: "services",
    arn: "serviceArn",
    makes: ["CreateService"],
    changes: [
      ["UpdateService", "service"],
      ["DeleteService", "service"],
    ],
  },
  {
    operation: "DescribeTasks",
    member: "tasks",
    arn: "taskArn",
    makes: ["RunTask"],
    changes: [["StopTask", "task"]],
  },
] as const;

/** @param now milliseconds since the epoch */
export function withOldDescriptions(operations: Operations, unkind: Unkind, now: () => number): Operations {
  return Object.assign({}, operations, ...described.map((kind) => lagging(kind, operations, unkind, now)));
}

function lagging(kind: (typeof described)[number], operations: Operations, unkind: Unkind, now: () => number) {
  const { operation, member, arn } = kind;
  const pasts = new Map<string, readonly Past[]>();
  const look = operations[operation]!;

  /** The oldest first, none older than an answer may be. */
  const remember = (of: string, past: Past) => {
    const since = now() - behindMilliseconds;
    const kept = [...(pasts.get(of) ?? []).filter(({ at }) => at >= since), past];
    pasts.delete(of);
    pasts.set(of, kept);
    const [oldest] = pasts.keys();
    if (pasts.size > mostRemembered && oldest !== undefined) pasts.delete(oldest);
  };

  /** The views of an answer, kept as what was true at this moment. */
  const keep = (answer: unknown): readonly View[] => {
    const views = structuredClone((answer as Record<string, View[]>)[member] ?? []);
    for (const view of views) remember(String(view[arn]), { at: now(), view });
    return views;
  };

  const describe: JsonOperation = async (input, request) => {
    const answer = (await look(input, request)) as Record<string, unknown>;
    const told: unknown[] = [];
    const failures = [...(answer["failures"] as unknown[])];
    for (const view of keep(answer)) {
      const of = String(view[arn]);
      const isOld = unkind.strikes("ecs-old-description", `${operation} ${groupOf(view)}`) !== undefined;
      const { view: shown } = (isOld && pasts.get(of)?.[0]) || { view };
      if (shown) told.push(shown);
      else failures.push({ arn: of, reason: "MISSING" });
    }
    return { ...answer, [member]: told, failures };
  };

  const before = (name: string, inputMember: string): JsonOperation => {
    const change = operations[name]!;
    return async (input: JsonInput, request) => {
      const named = input[inputMember];
      if (typeof named === "string") {
        const cluster = input["cluster"] === undefined ? {} : { cluster: input["cluster"] };
        // what is wrong with the request the operation itself says
        await Promise.resolve()
          .then(() => look({ ...cluster, [member]: [named] }, request))
          .then(keep)
          .catch(() => undefined);
      }
      return change(input, request);
    };
  };

  const making = (name: string): JsonOperation => {
    const make = operations[name]!;
    return async (input, request) => {
      const answer = (await make(input, request)) as Record<string, unknown>;
      const made = (answer[member] ?? [answer[member.slice(0, -1)]]) as readonly View[];
      for (const view of made) remember(String(view?.[arn]), { at: now() });
      return answer;
    };
  };

  return Object.fromEntries([
    [operation, describe],
    ...kind.changes.map(([name, inputMember]) => [name, before(name, inputMember)]),
    ...kind.makes.map((name) => [name, making(name)]),
  ]) as Operations;
}

/** What comes again in another run: a task's id does not. */
const groupOf = (view: View): string => shortName(String(view["group"] ?? view["serviceName"] ?? ""));
