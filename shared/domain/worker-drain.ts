// What the reports of draining workers mean: have they let go, and what becomes of them when the drain is withdrawn?
// `released` is final: such a worker never takes work again (design, section 8).
import type { Report } from "./reports.ts";
import type { Verdict } from "./verdict.ts";

/**
 * Whether every worker that still runs has finished its work under this drain.
 * @param drainId the operation's id: an older drain's release says nothing about this one, but is final all the same
 */
export function drainVerdict(drainId: string, runningTaskIds: readonly string[], reports: readonly Report[]): Verdict {
  const waiting = runningTaskIds.flatMap((taskId) => {
    const drain = reports.find((report) => report.taskId === taskId)?.drain;
    if (drain?.state === "released") return [];
    return [
      drain?.id === drainId ? `${taskId}: ${drain.inFlight} tasks in hand` : `${taskId}: has not heard of it yet`,
    ];
  });
  if (waiting.length === 0) return { verdict: "ready", reason: "every old worker has finished its tasks" };
  return { verdict: "notYet", reason: `${waiting.length} old workers still finish their tasks: ${waiting.join("; ")}` };
}

/**
 * Sorts the workers of a drain that was withdrawn.
 * @param epoch of the control document that no longer asks for it: who has read it takes work again, but for one that
 * was writing its release down as it read; that one idles until scaling or the next roll takes it away
 */
export function withdrawal(
  runningTaskIds: readonly string[],
  reports: readonly Report[],
  epoch: number,
): { readonly released: readonly string[]; readonly undecided: readonly string[] } {
  const of = (taskId: string) => reports.find((report) => report.taskId === taskId);
  const released = runningTaskIds.filter((taskId) => of(taskId)?.drain?.state === "released");
  const undecided = runningTaskIds.filter((taskId) => !released.includes(taskId) && (of(taskId)?.epoch ?? 0) < epoch);
  return { released, undecided };
}
