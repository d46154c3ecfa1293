// ECS tasks through the real SDK client, with real small processes. There is no second implementation to compare with:
// emulators report RUNNING and run nothing.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  DescribeTasksCommand,
  ListTasksCommand,
  RunTaskCommand,
  StartTaskCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe as group, expect, it } from "vitest";
import { openRegion, type Region, SECRET_ARN, SECRET_VALUE } from "./region.ts";
import { describe, processesWith, reached, register, run, until } from "./steps.ts";

let region: Region;
beforeAll(async () => {
  region = await openRegion();
});
afterAll(() => region.end());

const logOf = (task: string) => region.engine.logs(task);

group("a task that ends by itself", () => {
  it("is STOPPED with the exit code of its command and keeps what it wrote", async () => {
    const task = await run(region.client, await register(region.client, "echo out; echo err >&2; exit 7"));
    const stopped = await reached(region.client, task, "STOPPED");
    expect(stopped.stopCode).toBe("EssentialContainerExited");
    expect(stopped.stoppedReason).toBe("Essential container in task exited");
    expect(stopped.containers?.[0]?.exitCode).toBe(7);
    expect(stopped.stoppedAt?.getTime()).toBeGreaterThanOrEqual(stopped.startedAt?.getTime() ?? Number.NaN);
    expect(await logOf(task)).toBe("out\nerr\n");
  });

  it("takes its left-over processes with it, those in a session of their own too", async () => {
    const script = "(sleep 1000) & setsid sleep 1000 & sleep 0.2; exit 0";
    const task = await run(
      region.client,
      await register(region.client, script, { environment: [{ name: "LEFT", value: "over-7f3a" }] }),
    );
    expect((await reached(region.client, task, "STOPPED")).containers?.[0]?.exitCode).toBe(0);
    expect(processesWith("over-7f3a", "environ")).toEqual([]);
  });

  it("shows 128 + signal when a signal ended it, and 137 when even the launcher was killed", async () => {
    const definition = await register(region.client, "kill -SEGV $$");
    expect(
      (await reached(region.client, await run(region.client, definition), "STOPPED")).containers?.[0]?.exitCode,
    ).toBe(139);
    const task = await run(region.client, await register(region.client, "sleep 1000"));
    const { containers } = await reached(region.client, task, "RUNNING");
    process.kill(Number(containers?.[0]?.runtimeId), "SIGKILL");
    expect((await reached(region.client, task, "STOPPED")).containers?.[0]?.exitCode).toBe(137);
    expect(processesWith(`tasks/${task.split("/").pop()}`, "environ")).toEqual([]);
  });
});

group("a task that cannot start", () => {
  it.each([
    ["the image cannot be made", { image: "suite:missing" }, "CannotPullContainerError: suite:missing cannot be built"],
    [
      "the command is not there",
      { command: ["no-such-program"] },
      'CannotStartContainerError: exec: "no-such-program"',
    ],
    ["the working directory is not there", { workingDirectory: "/no/such/folder" }, "chdir to cwd"],
    [
      "a secret is not there",
      { secrets: [{ name: "S", valueFrom: "nothing" }] },
      "ResourceInitializationError: unable to pull secrets",
    ],
    [
      "a secret lacks the key",
      { secrets: [{ name: "S", valueFrom: `${SECRET_ARN}:nothing::` }] },
      "did not contain json key nothing",
    ],
  ])("says so when %s", async (_name, container, reason) => {
    const task = await run(region.client, await register(region.client, "true", container));
    const stopped = await reached(region.client, task, "STOPPED");
    expect(stopped.stopCode).toBe("TaskFailedToStart");
    expect(stopped.stoppedReason).toContain(reason);
    expect(stopped.containers?.[0]?.exitCode).toBeUndefined();
  });

  it("is refused with RESOURCE:MEMORY when the machine has less memory than the definition asks for", async () => {
    const taskDefinition = await register(region.client, "true", {}, { memory: "999999999" });
    const answer = await region.client.send(new RunTaskCommand({ cluster: "pool", taskDefinition }));
    expect(answer.tasks).toEqual([]);
    expect(answer.failures?.[0]?.reason).toBe("RESOURCE:MEMORY");
  });
});

group("StopTask", () => {
  it("sends SIGTERM to the main process alone, which may let its children finish", async () => {
    const script = `sh -c 'trap "echo child was signalled" TERM; sleep 0.5 & wait $!; echo child done' & child=$!
      trap 'echo asked; wait $child; echo main done; exit 3' TERM; echo up; while :; do sleep 0.05; done`;
    const task = await run(region.client, await register(region.client, script, { stopTimeout: 10 }));
    await until("the trap is set", async () => (await logOf(task)).includes("up"));
    await region.client.send(new StopTaskCommand({ cluster: "pool", task, reason: "enough" }));
    const stopped = await reached(region.client, task, "STOPPED");
    expect(await logOf(task)).toBe("up\nasked\nchild done\nmain done\n");
    expect(stopped).toMatchObject({ stopCode: "UserInitiated", stoppedReason: "enough" });
    expect(stopped.containers?.[0]?.exitCode).toBe(3);
  });

  it("kills every process once the stop timeout has passed", async () => {
    const script = `trap "" TERM; setsid sh -c 'trap "" TERM; sleep 1000' & echo up; while :; do sleep 1000; done`;
    const definition = await register(region.client, script, {
      stopTimeout: 1,
      environment: [{ name: "STUBBORN", value: "stubborn-51ce" }],
    });
    const task = await run(region.client, definition);
    await until("the trap is set", async () => (await logOf(task)).includes("up"));
    await region.client.send(new StopTaskCommand({ cluster: "pool", task }));
    const stopped = await reached(region.client, task, "STOPPED");
    const took = (stopped.stoppedAt?.getTime() ?? 0) - (stopped.stoppingAt?.getTime() ?? 0);
    expect(took).toBeGreaterThanOrEqual(1000);
    expect(stopped.containers?.[0]?.exitCode).toBe(137);
    expect(processesWith("stubborn-51ce", "environ")).toEqual([]);
  });

  it("does not wait for an image that is still being built", async () => {
    const building = await openRegion({ images: { resolve: () => new Promise(() => undefined) } });
    const task = await run(building.client, await register(building.client, "true"));
    await reached(building.client, task, "PENDING");
    await building.client.send(new StopTaskCommand({ cluster: "pool", task, reason: "changed my mind" }));
    expect((await reached(building.client, task, "STOPPED")).stoppedReason).toBe("changed my mind");
    await building.end();
  });
});

group("a start token", () => {
  it("gives the same task again, after its end too, and refuses other parameters", async () => {
    const taskDefinition = await register(region.client, "exit 0");
    const once = { clientToken: "create-abc-1", startedBy: "operation-1" };
    const task = await run(region.client, taskDefinition, once);
    expect(await run(region.client, taskDefinition, once)).toBe(task);
    await reached(region.client, task, "STOPPED");
    await region.reopen();
    expect(await run(region.client, taskDefinition, once)).toBe(task);
    await expect(run(region.client, taskDefinition, { ...once, startedBy: "operation-2" })).rejects.toMatchObject({
      name: "ConflictException",
      resourceIds: [task],
    });
    const listed = await region.client.send(
      new ListTasksCommand({ cluster: "pool", startedBy: "operation-1", desiredStatus: "STOPPED" }),
    );
    expect(listed.taskArns).toEqual([task]);
  });
});

group("the environment of a task", () => {
  it("holds image, definition, overrides, secrets, role and region, and nothing of the engine's own", async () => {
    process.env["SUITE_LEAK"] = "must-not-be-seen";
    const definition = await register(
      region.client,
      "env; pwd",
      {
        environment: [
          { name: "PLAIN", value: "defined" },
          { name: "AWS_ENDPOINT_URL", value: "https://example.com" },
        ],
        secrets: [{ name: "PASSWORD", valueFrom: `${SECRET_ARN}:password::` }],
        portMappings: [{ containerPort: 8080 }],
      },
      { taskRoleArn: "arn:aws:iam::000000000000:role/web" },
    );
    const task = await run(region.client, definition, {
      overrides: { containerOverrides: [{ name: "main", environment: [{ name: "EXTRA", value: "overridden" }] }] },
    });
    const stopped = await reached(region.client, task, "STOPPED");
    delete process.env["SUITE_LEAK"];
    const output = await logOf(task);
    const seen = Object.fromEntries(
      output.split("\n").map((line) => [line.split("=")[0], line.slice(line.indexOf("=") + 1)]),
    );
    const endpoint = await region.client.config.endpoint?.();
    expect(seen).toMatchObject({
      PLAIN: "defined",
      EXTRA: "overridden",
      PASSWORD: SECRET_VALUE,
      FROM_IMAGE: "yes",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: `http://127.0.0.1:${endpoint?.port}`,
      AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
      AWS_ACCESS_KEY_ID: "key-of-arn:aws:iam::000000000000:role/web",
      HANGAR_HOST_PORT_8080: String(stopped.containers?.[0]?.networkBindings?.[0]?.hostPort),
    });
    expect(seen["PATH"]).toMatch(/^\/suite\/bin:/);
    expect(output).not.toContain("must-not-be-seen");
    expect(output).toContain(`HOME=${region.folder}`);
  });

  it("keeps secrets out of the database, the command lines and every file but the process's own output", async () => {
    const definition = await register(region.client, "sleep 1000", {
      secrets: [{ name: "PASSWORD", valueFrom: `${SECRET_ARN}:password::` }],
    });
    const task = await run(region.client, definition);
    await reached(region.client, task, "RUNNING");
    expect(processesWith(SECRET_VALUE, "environ").length).toBeGreaterThan(0);
    expect(processesWith(SECRET_VALUE, "cmdline")).toEqual([]);
    const files = readdirSync(region.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const written = files.filter((entry) => entry.name !== "log").map((entry) => join(entry.parentPath, entry.name));
    expect(written.filter((file) => readFileSync(file, "latin1").includes(SECRET_VALUE))).toEqual([]);
    expect(written.filter((file) => readFileSync(file, "latin1").includes("task-key"))).toEqual([]);
    await region.client.send(new StopTaskCommand({ cluster: "pool", task }));
  });

  it("has a loopback port of its own for every task", async () => {
    const definition = await register(region.client, "sleep 1000", {
      portMappings: [{ containerPort: 80 }, { containerPort: 81 }],
    });
    const answer = await region.client.send(
      new RunTaskCommand({ cluster: "pool", taskDefinition: definition, count: 5 }),
    );
    const tasks = answer.tasks?.map((task) => task.taskArn as string) ?? [];
    const running = await Promise.all(tasks.map((task) => reached(region.client, task, "RUNNING")));
    const ports = running.flatMap((task) => task.containers?.[0]?.networkBindings?.map((binding) => binding.hostPort));
    expect(ports).toHaveLength(10);
    expect(new Set(ports).size).toBe(10);
    for (const task of tasks) await region.client.send(new StopTaskCommand({ cluster: "pool", task }));
  });
});

group("what is not there", () => {
  it("is answered with ECS's own errors", async () => {
    await expect(run(region.client, "nothing:1")).rejects.toMatchObject({
      name: "ClientException",
      message: "TaskDefinition not found.",
    });
    await expect(region.client.send(new ListTasksCommand({ cluster: "no-such" }))).rejects.toMatchObject({
      name: "ClusterNotFoundException",
    });
    const missing = await region.client.send(
      new DescribeTasksCommand({ cluster: "pool", tasks: ["0123456789abcdef0123456789abcdef"] }),
    );
    expect(missing.failures).toMatchObject([
      { arn: "arn:aws:ecs:us-east-1:000000000000:task/pool/0123456789abcdef0123456789abcdef", reason: "MISSING" },
    ]);
    await expect(describe(region.client, "x").then((task) => task)).resolves.toBeUndefined();
    const unknown = region.client.send(new StartTaskCommand({ taskDefinition: "x", containerInstances: ["y"] }));
    await expect(unknown).rejects.toMatchObject({ name: "UnknownOperationException" });
  });
});
