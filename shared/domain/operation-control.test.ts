import { describe, expect, it } from "vitest";
import { plannedUpdate, roomyRecord } from "../testing/planned-update.ts";
import { planned } from "../testing/planned.ts";
import type { EnvironmentItem, OperationItem } from "./items.ts";
import { cancelled, resumed } from "./operation-control.ts";
import { settled } from "./outcome.ts";
import { planDelete } from "./plan-delete.ts";
import { testPool } from "../../state-machines/testing/requests.ts";

type Both = { readonly environment: EnvironmentItem; readonly operation: OperationItem };
const updating = (changes: Partial<OperationItem> = {}): Both => {
  const { environment, operation } = plannedUpdate({ EnvironmentClass: "mw1.medium" });
  return { environment, operation: { ...operation, ...changes } };
};
const deleting = (): Both =>
  planDelete(roomyRecord(), { operationId: "d".repeat(26), caller: "arn", pool: testPool, now: 1 });
const began = (step: string): Partial<OperationItem> => ({ journal: { [`run:${step}`]: { startedAt: 1 } } });
const caller = "arn:aws:iam::000000000000:user/ann";

/** As the record and the operation stand when it got stuck. */
const stuck = ({ environment, operation }: Both): Both => ({
  environment: settled(environment, operation, "stuck", 2),
  operation: { ...operation, outcome: "stuck" },
});

describe("cancelling", () => {
  const cancel = ({ operation, environment }: Both) => cancelled(operation, environment, caller);

  it("turns the operation round where it is, and says who did it", () => {
    for (const both of [updating(), updating(began("deploy-services")), planned()])
      expect(cancel(both)).toEqual({
        direction: "undoing",
        failure: { step: "cancel", code: "CANCELLED", message: `${caller} cancelled the operation` },
      });
  });

  it("of what is undone already changes nothing: its own reason stays", () => {
    expect(cancel(updating({ direction: "undoing" }))).toBeUndefined();
  });

  const refusals: [string, Both, string][] = [
    ["whose commit has begun", updating(began("commit-operation")), "from there it only goes forward"],
    ["that has no way back", deleting(), "delete-environment only goes forward"],
    ["that has ended", updating({ outcome: "rolledBack" }), "it has ended"],
    [
      "nothing points to any more",
      { ...updating(), environment: { ...updating().environment, operationId: null } },
      "it has ended",
    ],
  ];
  it.each(refusals)("is refused for an operation %s", (_, both, why) => {
    expect(() => cancel(both)).toThrow(expect.objectContaining({ name: "OperationNotCancellable" }));
    expect(() => cancel(both)).toThrow(why);
  });
});

describe("resuming", () => {
  const resume = ({ operation, environment }: Both) => resumed(operation, environment, 9);

  it.each<[string, Both, string]>([
    ["create", stuck(planned()), "CREATING"],
    ["update", stuck(updating(began("deploy-services"))), "UPDATING"],
    ["delete", stuck(deleting()), "DELETING"],
  ])(
    "a stuck %s gives it another attempt, with a new count of idle ones, and the record points to it",
    (_, both, status) => {
      const { operationId, kind } = both.operation;
      expect(resume(both)).toMatchObject({
        operation: { outcome: null, lease: null, attempt: 2, attemptStartedAt: 9, idleAttempts: 0 },
        environment: { status, operationId, operationKind: kind, lastUpdate: { status: "PENDING", createdAt: 9 } },
      });
    },
  );

  it("keeps what was done and which way it went: nothing is done twice or forgotten", () => {
    const { operation } = resume(stuck(updating({ direction: "undoing", undoFrom: "deploy-services" })));
    for (const member of ["journal", "direction", "undoFrom", "plan"]) expect(operation).not.toHaveProperty(member);
  });

  it("has the rungs done anew that ask tasks for something, on its way up: the record has forgotten what was asked", () => {
    const journal = {
      "run:scale-services": { startedAt: 1, endedAt: 2, output: null },
      "run:drain-workers": { startedAt: 3, endedAt: 4, output: null },
    };
    expect(resume(stuck(updating({ journal }))).operation.journal).toEqual({
      ...journal,
      "run:drain-workers": { startedAt: 3 },
    });
    const committing = { ...journal, "run:commit-operation": { startedAt: 5 } };
    for (const changes of [{ journal: committing }, { journal, direction: "undoing" as const }])
      expect(resume(stuck(updating(changes))).operation).not.toHaveProperty("journal");
  });

  it("keeps the strategy the caller asked for in LastUpdate, and drops the reason it got stuck for", () => {
    const { lastUpdate } = resume(stuck(updating())).environment;
    expect(lastUpdate).toEqual({ status: "PENDING", createdAt: 9, workerReplacementStrategy: "FORCED" });
  });

  it("that was cut off between its two writes can be repeated", () => {
    const { environment, operation } = stuck(updating());
    const cutOff = { environment, operation: { ...operation, ...resumed(operation, environment, 9).operation } };
    expect(resume(cutOff)).toMatchObject({ operation: { attempt: 3 }, environment: { status: "UPDATING" } });
  });

  const other = "w".repeat(26);
  const refusals: [string, Both, string][] = [
    ["that is at work", updating(), "it is at work"],
    [
      "while another is at work",
      { ...updating(), environment: { ...updating().environment, operationId: other } },
      `operation ${other} is at work`,
    ],
    [
      "that was undone",
      {
        environment: settled(updating().environment, updating().operation, "rolledBack", 2),
        operation: updating({ outcome: "rolledBack" }).operation,
      },
      "only when it got stuck",
    ],
    [
      "that succeeded",
      { environment: roomyRecord(), operation: updating({ outcome: "succeeded" }).operation },
      "only when it got stuck",
    ],
    [
      "after which another one failed",
      {
        environment: {
          ...stuck(updating()).environment,
          lastUpdate: { status: "FAILED", createdAt: 3, operationId: other },
        },
        operation: updating({ outcome: "stuck" }).operation,
      },
      "only the last operation",
    ],
  ];
  it.each(refusals)("is refused for an operation %s", (_, both, why) => {
    expect(() => resume(both)).toThrow(expect.objectContaining({ name: "OperationNotResumable" }));
    expect(() => resume(both)).toThrow(why);
  });
});
