// What `hangar down` and a reboot leave: every process gone, and at the next start everything wanted runs again. A
// one-off task is then the same task, so that whoever waits for it never learns of the pause.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CreateServiceCommand, StopTaskCommand } from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe as group, expect, it } from "vitest";
import { openRegion, type Region } from "./region.ts";
import { describe, processesWith, reached, register, run, service, tasksOf, until } from "./steps.ts";

/** Says each run of a task in its log, and never ends. */
const RUNS_ON = "echo run; while :; do sleep 0.05; done";

let region: Region;
beforeEach(async () => {
  region = await openRegion();
});
afterEach(() => region.end());

const down = () => region.engine.stopAll({ graceSeconds: 1 });
const runs = async (task: string) =>
  (await region.engine.logs(task)).split("\n").filter((line) => line === "run").length;
const hasRun = (task: string, times: number) =>
  until(`run ${times} of the task`, async () => (await runs(task)) === times);

async function downAndUp(): Promise<void> {
  await down();
  await region.reopen();
}

group("a service, when the region goes down and up", () => {
  it("has no process while it is down and its count of new tasks afterwards", async () => {
    const taskDefinition = await register(region.client, "sleep 1000");
    const wanted = { cluster: "pool", serviceName: "wanted", taskDefinition, desiredCount: 2 };
    await region.client.send(new CreateServiceCommand(wanted));
    await until("running", async () => (await service(region.client, "wanted")).runningCount === 2);
    const before = await tasksOf(region.client, "wanted");
    await down();
    expect(processesWith(region.folder, "environ")).toEqual([]);
    await region.reopen();
    await until("running again", async () => (await service(region.client, "wanted")).runningCount === 2);
    const after = await tasksOf(region.client, "wanted");
    expect(before.filter((task) => after.includes(task))).toEqual([]);
    expect(await describe(region.client, before[0]!)).toMatchObject({
      lastStatus: "STOPPED",
      stopCode: "TerminationNotice",
    });
  });
});

group("a one-off task that the region's end cut short", () => {
  it("is started again as the same task, and is never seen stopping or stopped", async () => {
    const definition = await register(region.client, RUNS_ON);
    const token = { clientToken: "migrate-1", startedBy: "operation-1" };
    const task = await run(region.client, definition, token);
    await hasRun(task, 1);
    const seen = new Set<string>();
    const see = async () => {
      const { lastStatus, desiredStatus, containers, stopCode } = await describe(region.client, task);
      seen.add([lastStatus, desiredStatus, containers?.[0]?.exitCode, stopCode].join(" "));
    };
    let isDown = false;
    const stopping = down().finally(() => {
      isDown = true;
    });
    while (!isDown) await see();
    await stopping;
    expect(processesWith(region.folder, "environ")).toEqual([]);
    expect(await describe(region.client, task)).toMatchObject({ lastStatus: "PROVISIONING", desiredStatus: "RUNNING" });
    await region.reopen();
    expect(await run(region.client, definition, token)).toBe(task);
    while ((await runs(task)) < 2) await see();
    await reached(region.client, task, "RUNNING");
    expect([...seen].filter((status) => !/^(PROVISIONING|PENDING|RUNNING) RUNNING {2}$/.test(status))).toEqual([]);
  });

  it("finds its folder as its last run left it", async () => {
    const definition = await register(region.client, "echo run; echo kept >>kept; while :; do sleep 0.05; done");
    const task = await run(region.client, definition);
    const file = join(region.folder, "tasks", task.split("/").pop()!, "home", "kept");
    await until("the file", async () => existsSync(file));
    await down();
    expect(readFileSync(file, "utf8")).toBe("kept\n");
    // How the last run began and ended is forgotten: the next one must not be taken for it.
    expect(readdirSync(join(file, "../..")).sort()).toEqual(["home", "log"]);
    await region.reopen();
    await until("the second line", async () => readFileSync(file, "utf8") === "kept\nkept\n");
  });

  it("is started again when it had to be killed, and ends with the exit code of its last run", async () => {
    const task = await run(
      region.client,
      await register(
        region.client,
        'trap "" TERM; echo run; [ -e once ] && exit 9; : >once; while :; do sleep 1; done',
      ),
    );
    await hasRun(task, 1);
    await downAndUp();
    expect((await reached(region.client, task, "STOPPED")).containers?.[0]?.exitCode).toBe(9);
    expect(await runs(task)).toBe(2);
  });

  it("is started again when its image was still being made", async () => {
    let makes = 0;
    const slow = await openRegion({
      images: {
        resolve: () => {
          makes += 1;
          return makes === 1 ? new Promise(() => undefined) : Promise.resolve({ pathEntries: [], environment: {} });
        },
      },
    });
    const task = await run(slow.client, await register(slow.client, "exit 4"));
    await reached(slow.client, task, "PENDING");
    await slow.engine.stopAll({ graceSeconds: 1 });
    await slow.reopen();
    expect((await reached(slow.client, task, "STOPPED")).containers?.[0]?.exitCode).toBe(4);
    await slow.end();
  });

  it("waits for the next start when it is asked for while the region goes down", async () => {
    const definition = await register(region.client, RUNS_ON);
    await down();
    const task = await run(region.client, definition);
    await down();
    expect((await describe(region.client, task)).lastStatus).toBe("PROVISIONING");
    expect(await runs(task)).toBe(0);
    await region.reopen();
    await hasRun(task, 1);
  });
});

group("a one-off task that is over is not started again:", () => {
  it("one that ended by itself", async () => {
    const task = await run(region.client, await register(region.client, "echo run; exit 5"));
    await reached(region.client, task, "STOPPED");
    await downAndUp();
    expect((await describe(region.client, task)).containers?.[0]?.exitCode).toBe(5);
    expect(await runs(task)).toBe(1);
  });

  it("one that answered the region's end with exit code 0: it says that its work is done", async () => {
    const script = 'trap "exit 0" TERM; echo run; while :; do sleep 0.05; done';
    const task = await run(region.client, await register(region.client, script));
    await hasRun(task, 1);
    await down();
    const stopped = await describe(region.client, task);
    expect(stopped).toMatchObject({ lastStatus: "STOPPED", stopCode: "EssentialContainerExited" });
    expect(stopped.containers?.[0]?.exitCode).toBe(0);
  });

  it("one that could not start", async () => {
    const task = await run(region.client, await register(region.client, "true", { image: "suite:missing" }));
    await reached(region.client, task, "STOPPED");
    await downAndUp();
    expect(await describe(region.client, task)).toMatchObject({
      lastStatus: "STOPPED",
      stopCode: "TaskFailedToStart",
    });
  });

  it("one that the user stopped, before the region went down or meanwhile", async () => {
    const stubborn = await register(region.client, 'trap "" TERM; echo run; while :; do sleep 1; done', {
      stopTimeout: 60,
    });
    const before = await run(region.client, stubborn);
    const meanwhile = await run(region.client, stubborn);
    await hasRun(before, 1);
    await hasRun(meanwhile, 1);
    await region.client.send(new StopTaskCommand({ cluster: "pool", task: before }));
    const stopping = down();
    await region.client.send(new StopTaskCommand({ cluster: "pool", task: meanwhile }));
    await stopping;
    await region.reopen();
    for (const task of [before, meanwhile]) {
      expect(await describe(region.client, task)).toMatchObject({ lastStatus: "STOPPED", stopCode: "UserInitiated" });
      expect(await runs(task)).toBe(1);
    }
  });
});

group("a one-off task whose processes are gone without an exit code", () => {
  it("is started again when the machine was: nobody ended it", async () => {
    const task = await run(region.client, await register(region.client, RUNS_ON));
    await hasRun(task, 1);
    await whileClosed(task, (launcher) => ({ ...launcher, startTime: "an-earlier-boot:4711" }));
    await region.reopen();
    await hasRun(task, 2);
    expect((await reached(region.client, task, "RUNNING")).stopCode).toBeUndefined();
  });

  it("has ended with 137 when only it is gone: it was killed", async () => {
    const task = await run(region.client, await register(region.client, RUNS_ON));
    await hasRun(task, 1);
    await whileClosed(task, (launcher) => launcher);
    await region.reopen();
    const stopped = await reached(region.client, task, "STOPPED");
    expect(stopped.containers?.[0]?.exitCode).toBe(137);
    expect(await runs(task)).toBe(1);
  });

  type Launcher = { readonly pid: number; readonly startTime: string };

  /** Kills all of a task with SIGKILL while no engine looks, and changes what is on record of its launcher. */
  async function whileClosed(task: string, change: (launcher: Launcher) => Launcher): Promise<void> {
    const { containers } = await describe(region.client, task);
    await region.engine.close();
    const id = task.split("/").pop()!;
    process.kill(-Number(containers?.[0]?.runtimeId), "SIGKILL");
    await until("nothing of it is left", async () => processesWith(`tasks/${id}`, "environ").length === 0);
    const database = new DatabaseSync(join(region.folder, "ecs.sqlite"));
    const row = database.prepare("SELECT body FROM records WHERE kind = 'task' AND key = ?").get(id);
    const record = JSON.parse(String(row?.["body"])) as { launcher: Launcher };
    const body = JSON.stringify({ ...record, launcher: change(record.launcher) });
    database.prepare("UPDATE records SET body = ? WHERE kind = 'task' AND key = ?").run(body, id);
    database.close();
  }
});
