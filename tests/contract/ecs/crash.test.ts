// What survives when the engine's process is killed or the region goes down: tasks run on, exit codes are not lost.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CreateClusterCommand, CreateServiceCommand, ECSClient, StopTaskCommand } from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe as group, expect, it } from "vitest";
import { createEcsEngine } from "../../../local/ecs/engine.ts";
import { clientDefaults } from "../serve.ts";
import { suiteOptions } from "./region.ts";
import { describe, processesWith, reached, register, run, service, tasksOf, until } from "./steps.ts";

let folder: string;
let engine: ChildProcess;
let client: ECSClient;

async function start(): Promise<void> {
  const program = fileURLToPath(new URL("./engine-process.ts", import.meta.url));
  engine = spawn(process.execPath, [program, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const [url] = await once(createInterface({ input: engine.stdout as NodeJS.ReadableStream }), "line");
  client = new ECSClient({ ...clientDefaults, endpoint: url as string });
}

function end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  return new Promise((resolve) => {
    engine.once("exit", () => resolve());
    engine.kill(signal);
  });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hangar-ecs-crash-"));
  await start();
  await client.send(new CreateClusterCommand({ clusterName: "pool" }));
});

afterEach(async () => {
  await end("SIGTERM");
  expect(processesWith(folder, "environ")).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});

group("kill -9 of the engine", () => {
  it("leaves running tasks running, and the next engine adopts and can stop them", async () => {
    const taskDefinition = await register(client, "sleep 1000");
    await client.send(
      new CreateServiceCommand({ cluster: "pool", serviceName: "kept", taskDefinition, desiredCount: 2 }),
    );
    await until("two running", async () => (await service(client, "kept")).runningCount === 2);
    const before = await Promise.all((await tasksOf(client, "kept")).map((task) => describe(client, task)));
    await end("SIGKILL");
    await start();
    const after = await Promise.all((await tasksOf(client, "kept")).map((task) => describe(client, task)));
    const identity = (tasks: typeof before) =>
      tasks.map((task) => [task.taskArn, task.containers?.[0]?.runtimeId, task.lastStatus]);
    expect(identity(after)).toEqual(identity(before));
    const [first] = after;
    await client.send(new StopTaskCommand({ cluster: "pool", task: first?.taskArn as string }));
    const stopped = await reached(client, first?.taskArn as string, "STOPPED");
    expect(stopped.containers?.[0]?.exitCode).toBe(143);
    await until("replaced", async () => (await service(client, "kept")).runningCount === 2);
  });

  it("loses no exit code of a task that ended meanwhile", async () => {
    const gate = join(folder, "gate");
    const task = await run(client, await register(client, `while [ ! -e ${gate} ]; do sleep 0.02; done; exit 42`));
    const seen = await reached(client, task, "RUNNING");
    await end("SIGKILL");
    writeFileSync(gate, "");
    await until("the task ended", async () => !isThere(Number(seen.containers?.[0]?.runtimeId)));
    await start();
    expect((await reached(client, task, "STOPPED")).containers?.[0]?.exitCode).toBe(42);
  });

  it("at any moment of a start neither loses the task nor runs it twice", async () => {
    const definition = await register(client, "echo ran >>$COUNTER; sleep 1000", {
      environment: [{ name: "COUNTER", value: join(folder, "counter") }],
    });
    for (let round = 0; round < 4; round += 1) {
      const marker = `round-${round}`;
      const environment = [{ name: "COUNTER", value: join(folder, marker) }];
      await run(client, definition, {
        clientToken: marker,
        overrides: { containerOverrides: [{ name: "main", environment }] },
      });
      await new Promise((resolve) => setTimeout(resolve, round * 7)); // the moments of a start: it takes about 10 ms
      await end("SIGKILL");
      await start();
      const task = await run(client, definition, {
        clientToken: marker,
        overrides: { containerOverrides: [{ name: "main", environment }] },
      });
      await reached(client, task, "RUNNING");
      const lines = () => (existsSync(join(folder, marker)) ? readFileSync(join(folder, marker), "utf8") : "");
      await until("the command ran", async () => lines() !== "");
      expect(lines()).toBe("ran\n");
    }
  });
});

group("the region going down and up", () => {
  it("stops what a killed engine left running, without serving anybody", async () => {
    const taskDefinition = await register(client, "sleep 1000");
    const more = { taskDefinition, desiredCount: 2 };
    await client.send(new CreateServiceCommand({ cluster: "pool", serviceName: "left", ...more }));
    await until("running", async () => (await service(client, "left")).runningCount === 2);
    await end("SIGKILL");
    const context = { folder, region: clientDefaults.region, accountId: "000000000000", now: Date.now };
    const later = createEcsEngine(
      context,
      suiteOptions(new Map(), () => ""),
    );
    await later.stopAll({ graceSeconds: 1 });
    await later.close();
    expect(processesWith(folder, "environ")).toEqual([]);
    await start();
    await until("wanted again", async () => (await service(client, "left")).runningCount === 2);
  });

  it("stops every task, and starts again what services want but no one-off task", async () => {
    const definition = await register(client, "sleep 1000");
    const once = await run(client, definition);
    await client.send(
      new CreateServiceCommand({ cluster: "pool", serviceName: "wanted", taskDefinition: definition, desiredCount: 1 }),
    );
    await until("running", async () => (await service(client, "wanted")).runningCount === 1);
    const [before] = await tasksOf(client, "wanted");
    await end("SIGTERM");
    expect(processesWith(folder, "environ")).toEqual([]);
    await start();
    await until("running again", async () => (await service(client, "wanted")).runningCount === 1);
    expect(await tasksOf(client, "wanted")).not.toContain(before);
    expect(await describe(client, once)).toMatchObject({ lastStatus: "STOPPED", stopCode: "TerminationNotice" });
  });
});

function isThere(pid: number): boolean {
  return processesWith(folder, "environ").includes(pid);
}
