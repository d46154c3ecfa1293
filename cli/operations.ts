// Operations through the API (extensions of MWAA's), and how long each of their steps took.
import { type ApiTarget, callApi } from "./api-client.ts";
import type { Interrupted, Upgrade } from "./upgrade-text.ts";

export interface OperationStep {
  readonly Step: string;
  readonly Kind: string;
  /** Epoch seconds; absent for checks, which leave no trace. */
  readonly StartedAt?: number;
  readonly EndedAt?: number;
  readonly UndoneAt?: number;
}

export interface Operation {
  readonly OperationId: string;
  readonly Type: string;
  readonly Status: "RUNNING" | "UNDOING" | "SUCCEEDED" | "ROLLED_BACK" | "STUCK";
  readonly CreatedAt: number;
  readonly CreatedBy: string;
  readonly Seconds?: number;
  /** The maintenance window that began it. */
  readonly Window?: number;
  readonly Attempt: number;
  readonly Changes?: readonly { readonly Member: string; readonly Effect: string }[];
  readonly Upgrade?: Upgrade;
  readonly Interrupted?: Interrupted;
  readonly Steps: readonly OperationStep[];
  readonly Error?: {
    readonly Step: string;
    readonly ErrorCode: string;
    readonly ErrorMessage: string;
    /** The last lines of what the failed task wrote. */
    readonly Log?: readonly string[];
  };
}

/** What a failed task wrote last, for people; nothing where that is not known. */
export const logLines = ({ Error: error }: Pick<Operation, "Error">): readonly string[] =>
  error?.Log?.length ? ["its log says last:", ...error.Log.map((line) => `  | ${line}`)] : [];

const pathOf = (environment: string, ...rest: readonly string[]) =>
  `/environments/${[environment, "operations", ...rest].map(encodeURIComponent).join("/")}`;

/** The newest first. @param most at least one; more than a page is read page by page */
export async function listOperations(
  target: ApiTarget,
  environment: string,
  most: number,
): Promise<readonly Operation[]> {
  const found: Operation[] = [];
  for (let token: string | undefined = ""; token !== undefined && found.length < most; ) {
    const query = new URLSearchParams({ MaxResults: String(Math.min(25, most - found.length)) });
    if (token) query.set("NextToken", token);
    const page: { Operations: Operation[]; NextToken?: string } = await callApi(
      target,
      "GET",
      `${pathOf(environment)}?${query}`,
    );
    found.push(...page.Operations);
    token = page.NextToken;
  }
  return found;
}

export const getOperation = async (target: ApiTarget, environment: string, id: string): Promise<Operation> =>
  (await callApi<{ Operation: Operation }>(target, "GET", pathOf(environment, id))).Operation;

/** Turns a running one round, or starts a stuck one again. Safe to repeat. */
export const changeOperation = async (
  target: ApiTarget,
  environment: string,
  id: string,
  change: "cancel" | "resume",
): Promise<Operation> =>
  (await callApi<{ Operation: Operation }>(target, "POST", pathOf(environment, id, change), {})).Operation;

/** The step a running operation is at; undefined once it has ended, and while it takes things back. */
export const runningStep = (operation: Pick<Operation, "Steps" | "Status">): string | undefined =>
  stepTimes(operation).find(({ state }) => state === "running")?.step;

export const isRunning = ({ Status }: Pick<Operation, "Status">): boolean =>
  Status === "RUNNING" || Status === "UNDOING";

export interface StepTime {
  readonly step: string;
  readonly state: "done" | "running" | "undone" | "waiting";
  /** Of its work; undefined while it waits or runs. */
  readonly seconds: number | undefined;
}

/** How each step stands. A check has no times of its own: it lasts from the end of what came before to the next start. */
export function stepTimes({ Steps, Status }: Pick<Operation, "Steps" | "Status">): readonly StepTime[] {
  let currentIsTaken = false;
  return Steps.map((step, at): StepTime => {
    const { Step, StartedAt, EndedAt, UndoneAt } = step;
    if (UndoneAt !== undefined) return { step: Step, state: "undone", seconds: undefined };
    if (StartedAt !== undefined && EndedAt !== undefined)
      return { step: Step, state: "done", seconds: EndedAt - StartedAt };
    const next = Steps.slice(at + 1).find(({ StartedAt: started }) => started !== undefined)?.StartedAt;
    if (step.Kind === "CHECK" && next !== undefined) {
      const before = Steps.slice(0, at).findLast(({ EndedAt: ended }) => ended !== undefined)?.EndedAt;
      return { step: Step, state: "done", seconds: before === undefined ? undefined : Math.max(0, next - before) };
    }
    const isCurrent = Status === "RUNNING" && !currentIsTaken;
    currentIsTaken = true;
    return { step: Step, state: isCurrent ? "running" : "waiting", seconds: undefined };
  });
}
