// What every Containers must guarantee: a repeat changes nothing, what is gone is gone, a one-off task runs once.
import { expect, test } from "vitest";
import type { ServiceObservation } from "../../../shared/domain/verdict.ts";
import type { Containers } from "../../../shared/ports/containers.ts";
import { serviceSpec, taskSpec } from "./sample-items.ts";

export interface ContainersSubject {
  readonly containers: Containers;
  readonly secretArn: string;
  /** Task definitions of a family that are registered. */
  definitions(family: string): number | Promise<number>;
  /** How one-off tasks started from now on end: the in-memory twin runs no scripts. */
  oneOffsEndWith(exitCode: number): void;
  /** Looks until something is seen, as often as the implementation may need. */
  until<Result>(what: string, look: () => Promise<Result | undefined | false>): Promise<Result>;
}

export function containersContract(subject: () => ContainersSubject): void {
  const observed = async (name: string): Promise<ServiceObservation | undefined> =>
    (await subject().containers.observe([name]))[0];
  const running = (name: string, count: number) =>
    subject().until(`${count} tasks of ${name}`, async () => {
      const seen = await observed(name);
      return seen?.runningTaskIds.length === count && seen.runningTaskIds;
    });
  const oneOffEnd = (token: string) =>
    subject().until(`the end of ${token}`, async () => {
      const seen = await subject().containers.describeOnce("suite-once", token);
      return seen.state === "stopped" && seen;
    });

  test("a service runs as many tasks as asked, and deploying it again changes nothing", async () => {
    const { containers, secretArn, definitions } = subject();
    const spec = serviceSpec("suite-steady", 2);
    await containers.deploy(spec, secretArn, null);
    const before = await running(spec.name, 2);
    await containers.deploy(spec, secretArn, null);
    expect(await definitions(spec.name)).toBe(1);
    expect([...(await running(spec.name, 2))].sort()).toEqual([...before].sort());
    await containers.remove([spec.name]);
  });

  test("a new content is a new definition, and its tasks take the old ones' place", async () => {
    const { containers, secretArn, definitions, until } = subject();
    await containers.deploy(serviceSpec("suite-changed", 1), secretArn, null);
    const [before] = await running("suite-changed", 1);
    await containers.deploy(serviceSpec("suite-changed", 1, "sleep 2000"), secretArn, null);
    expect(await definitions("suite-changed")).toBe(2);
    await until("the new task alone", async () => {
      const ids = (await observed("suite-changed"))?.runningTaskIds ?? [];
      return ids.length === 1 && ids[0] !== before;
    });
    await containers.remove(["suite-changed"]);
  });

  test("a removed service leaves no task and no definition, and a repeat is fine", async () => {
    const { containers, secretArn, definitions, until } = subject();
    await containers.deploy(serviceSpec("suite-removed", 1), secretArn, null);
    await running("suite-removed", 1);
    await containers.remove(["suite-removed", "suite-never-made"]);
    expect(await definitions("suite-removed")).toBe(0);
    await until("no task", async () => ((await observed("suite-removed"))?.runningTaskIds ?? []).length === 0);
    await containers.remove(["suite-removed"]);
  });

  test("a service that was never made is not observed", async () => {
    expect(await subject().containers.observe(["suite-nobody"])).toEqual([]);
  });

  test("a service is given more tasks and fewer, by the same definition, without replacing those that stay", async () => {
    const { containers, secretArn, definitions } = subject();
    await containers.deploy(serviceSpec("suite-scaled", 1), secretArn, null);
    const [first] = await running("suite-scaled", 1);
    await containers.scale("suite-scaled", 3);
    await containers.scale("suite-scaled", 3);
    const three = await running("suite-scaled", 3);
    expect(three).toContain(first);
    await containers.scale("suite-scaled", 1);
    const [left] = await running("suite-scaled", 1);
    expect(three).toContain(left);
    await containers.scale("suite-scaled", 0);
    await running("suite-scaled", 0);
    expect(await definitions("suite-scaled")).toBe(1);
    await containers.remove(["suite-scaled"]);
  });

  test("a service that is not there cannot be scaled, and is not made by it", async () => {
    const { containers } = subject();
    await expect(containers.scale("suite-nobody", 2)).rejects.toThrow();
    expect(await containers.observe(["suite-nobody"])).toEqual([]);
  });

  test("a task that is stopped by its id is replaced, its neighbour stays, and a repeat is fine", async () => {
    const { containers, secretArn, until } = subject();
    await containers.deploy(serviceSpec("suite-stopped", 2), secretArn, null);
    const [one, other] = await running("suite-stopped", 2);
    await containers.stopTasks([one!], "the suite says so");
    const stopping = (await observed("suite-stopped"))!;
    expect(stopping.runningTaskIds.filter((id) => id === one && !stopping.endingTaskIds.includes(id))).toEqual([]);
    expect(stopping.endingTaskIds).not.toContain(other);
    const now = await until("a replacement", async () => {
      const ids = (await observed("suite-stopped"))?.runningTaskIds ?? [];
      return ids.length === 2 && !ids.includes(one!) && ids;
    });
    expect(now).toContain(other);
    await containers.stopTasks([one!, "0".repeat(32)], "gone already");
    await containers.stopTasks([], "none");
    expect([...(await running("suite-stopped", 2))].sort()).toEqual([...now].sort());
    await containers.remove(["suite-stopped"]);
  });

  test("a one-off task is started once per token, and its exit code is kept", async () => {
    const { containers, secretArn, oneOffsEndWith } = subject();
    oneOffsEndWith(7);
    expect(await containers.describeOnce("suite-once", "operation-1")).toEqual({ state: "missing" });
    await containers.runOnce(taskSpec("suite-once", "sleep 0.3; exit 7"), secretArn, "operation-1");
    await containers.runOnce(taskSpec("suite-once", "sleep 0.3; exit 7"), secretArn, "operation-1");
    expect(await containers.describeOnce("suite-once", "operation-1")).toEqual({ state: "running" });
    expect(await oneOffEnd("operation-1")).toMatchObject({
      exitCode: 7,
      reason: expect.stringContaining("Essential container"),
    });
    await containers.runOnce(taskSpec("suite-once", "sleep 0.3; exit 7"), secretArn, "operation-1");
    expect((await containers.describeOnce("suite-once", "operation-1")).state).toBe("stopped");
  });

  test("a one-off task is stopped and stays stopped, and its family is forgotten", async () => {
    const { containers, secretArn, definitions } = subject();
    await containers.runOnce(taskSpec("suite-once", "sleep 1000"), secretArn, "operation-2");
    await containers.stopOnce("suite-once", "operation-2");
    expect((await oneOffEnd("operation-2")).exitCode).not.toBe(0);
    await containers.stopOnce("suite-once", "operation-2");
    await containers.stopOnce("suite-once", "never started");
    await containers.forgetOnce("suite-once");
    await containers.forgetOnce("suite-once");
    expect(await definitions("suite-once")).toBe(0);
  });
}
