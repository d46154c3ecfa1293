// What survives when the engine's process is killed: tasks run on, exit codes are not lost, no task runs twice.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateClusterCommand, CreateServiceCommand, StopTaskCommand } from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe as group, expect, it } from "vitest";
import { createEcsEngine } from "../../../local/ecs/engine.ts";
import { clientDefaults } from "../serve.ts";
import { type EngineUnderKill, startEngine } from "./engine-under-kill.ts";
import { suiteOptions } from "./region.ts";
import { describe, processesWith, reached, register, run, service, tasksOf, until } from "./steps.ts";

let folder: string;
let engine: EngineUnderKill;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hangar-ecs-crash-"));
  engine = await startEngine(folder);
  await engine.client.send(new CreateClusterCommand({ clusterName: "pool" }));
});

afterEach(async () => {
  await engine.end("SIGTERM");
  expect(processesWith(folder, "environ")).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});

group("kill -9 of the engine", () => {
  it("leaves running tasks running, and the next engine adopts and can stop them", async () => {
    const taskDefinition = await register(engine.client, "sleep 1000");
    await engine.client.send(
      new CreateServiceCommand({ cluster: "pool", serviceName: "kept", taskDefinition, desiredCount: 2 }),
    );
    await until("two running", async () => (await service(engine.client, "kept")).runningCount === 2);
    const before = await Promise.all(
      (await tasksOf(engine.client, "kept")).map((task) => describe(engine.client, task)),
    );
    await engine.end("SIGKILL");
    await engine.start();
    const after = await Promise.all(
      (await tasksOf(engine.client, "kept")).map((task) => describe(engine.client, task)),
    );
    const identity = (tasks: typeof before) =>
      tasks.map((task) => [task.taskArn, task.containers?.[0]?.runtimeId, task.lastStatus]);
    expect(identity(after)).toEqual(identity(before));
    const [first] = after;
    await engine.client.send(new StopTaskCommand({ cluster: "pool", task: first?.taskArn as string }));
    const stopped = await reached(engine.client, first?.taskArn as string, "STOPPED");
    expect(stopped.containers?.[0]?.exitCode).toBe(143);
    await until("replaced", async () => (await service(engine.client, "kept")).runningCount === 2);
  });

  it("loses no exit code of a task that ended meanwhile", async () => {
    const gate = join(folder, "gate");
    const task = await run(
      engine.client,
      await register(engine.client, `while [ ! -e ${gate} ]; do sleep 0.02; done; exit 42`),
    );
    const seen = await reached(engine.client, task, "RUNNING");
    await engine.end("SIGKILL");
    writeFileSync(gate, "");
    await until("the task ended", async () => !isThere(Number(seen.containers?.[0]?.runtimeId)));
    await engine.start();
    expect((await reached(engine.client, task, "STOPPED")).containers?.[0]?.exitCode).toBe(42);
  });

  it("at any moment of a start neither loses the task nor runs it twice", { timeout: 60_000 }, async () => {
    const definition = await register(engine.client, "echo ran >>$COUNTER; sleep 1000", {
      environment: [{ name: "COUNTER", value: join(folder, "counter") }],
    });
    for (let round = 0; round < 4; round += 1) {
      const marker = `round-${round}`;
      const environment = [{ name: "COUNTER", value: join(folder, marker) }];
      await run(engine.client, definition, {
        clientToken: marker,
        overrides: { containerOverrides: [{ name: "main", environment }] },
      });
      await new Promise((resolve) => setTimeout(resolve, round * 7)); // the moments of a start: it takes about 10 ms
      await engine.end("SIGKILL");
      await engine.start();
      const task = await run(engine.client, definition, {
        clientToken: marker,
        overrides: { containerOverrides: [{ name: "main", environment }] },
      });
      await reached(engine.client, task, "RUNNING");
      const lines = () => (existsSync(join(folder, marker)) ? readFileSync(join(folder, marker), "utf8") : "");
      await until("the command ran", async () => lines() !== "");
      expect(lines()).toBe("ran\n");
    }
  });
});

group("the region going down", () => {
  it("killed at any moment neither loses a one-off task nor runs it twice at a time", { timeout: 60_000 }, async () => {
    // one that is dead and not yet reaped does not run any more, though it can still be signalled
    const living = 'sed -n "/^State:[[:space:]]*[^ZX[:space:]]/s/^/doubled: /p" "/proc/$(cat pid)/status" 2>/dev/null';
    const another = `[ -e pid ] && ${living}`;
    const slowToStop = 'trap "sleep 0.05; exit 7" TERM; while :; do sleep 0.01; done';
    const definition = await register(engine.client, `${another}; echo $$ >pid; ${slowToStop}`);
    const task = await run(engine.client, definition, { clientToken: "kept" });
    const taskFolder = join(folder, "tasks", task.split("/").pop()!);
    const pidFile = join(taskFolder, "home", "pid");
    const running = () =>
      until("its process", async () => {
        const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : 0;
        return pid > 0 && isThere(pid) && pid;
      });
    let before = await running();
    // The signal, the 50 ms the command takes, the wait for the next start.
    for (const milliseconds of [0, 15, 40, 80, 160]) {
      before = await running();
      await engine.killWhileGoingDown(milliseconds);
      await engine.start();
      expect(await run(engine.client, definition, { clientToken: "kept" })).toBe(task);
      expect((await describe(engine.client, task)).desiredStatus).toBe("RUNNING");
    }
    await engine.end("SIGTERM");
    await engine.start();
    await until("another run", async () => (await running()) !== before);
    expect((await reached(engine.client, task, "RUNNING")).containers?.[0]?.exitCode).toBeUndefined();
    expect(readFileSync(join(taskFolder, "log"), "utf8")).not.toContain("doubled");
  });

  it("stops what a killed engine left running, without serving anybody", async () => {
    const taskDefinition = await register(engine.client, "sleep 1000");
    const more = { taskDefinition, desiredCount: 2 };
    await engine.client.send(new CreateServiceCommand({ cluster: "pool", serviceName: "left", ...more }));
    await until("running", async () => (await service(engine.client, "left")).runningCount === 2);
    await engine.end("SIGKILL");
    const context = { folder, region: clientDefaults.region, accountId: "000000000000", now: Date.now };
    const later = createEcsEngine(
      context,
      suiteOptions(new Map(), () => ""),
    );
    await later.stopAll({ graceSeconds: 1 });
    await later.close();
    expect(processesWith(folder, "environ")).toEqual([]);
    await engine.start();
    await until("wanted again", async () => (await service(engine.client, "left")).runningCount === 2);
  });
});

function isThere(pid: number): boolean {
  return processesWith(folder, "environ").includes(pid);
}
