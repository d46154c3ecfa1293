// Brings one task from PROVISIONING to RUNNING: image, secrets, credentials, ports, process. Any failure on the way
// stops the task with ECS's reason in words; a kill on the way leaves a task that is started again.
import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { freeHostPort } from "./host-ports.ts";
import { launch } from "./launch.ts";
import type { ContainerDefinition, DefinitionRecord, TaskRecord } from "./records.ts";
import { resolveSecrets } from "./secret-references.ts";
import { changeTask, type State, taskFolder } from "./state.ts";
import { taskEnvironment } from "./task-environment.ts";
import { pauseUnlessAborted } from "../pause.ts";
import { planUnkindStart } from "./unkind-start.ts";

/** Why a task could not start; the message is the task's stoppedReason. */
export class TaskStartError extends Error {
  override readonly name = "TaskStartError";
}

export interface StartSurroundings {
  /** The task's metadata address. */
  readonly metadataUrl: string;
  /** Aborted when the task was asked to stop: an image that takes a minute to build is not waited for. */
  readonly signal: AbortSignal;
  /** False once the engine was closed or the task was asked to stop: nothing is launched then. */
  readonly isWanted: () => boolean;
  readonly onExit: () => void;
}

/**
 * Starts a task. On return the task is RUNNING and on disk, or it is no longer wanted and nothing runs.
 * @throws TaskStartError with the reason in ECS's words
 */
export async function startTask(state: State, task: TaskRecord, surroundings: StartSurroundings): Promise<void> {
  const { context, options, store } = state;
  const definition = store.definitions.get(task.definitionArn);
  if (!definition) throw new TaskStartError("TaskDefinition not found.");
  const { container } = definition;
  const unkind = context.unkind && planUnkindStart(context.unkind, task, definition.family);
  if (unkind) await pauseUnlessAborted(unkind.provisioningMilliseconds, surroundings.signal);
  if (unkind?.failure !== undefined) throw new TaskStartError(unkind.failure);
  changeTask(state, task, { lastStatus: "PENDING", pullStartedAt: context.now() });
  if (unkind) await pauseUnlessAborted(unkind.pendingMilliseconds, surroundings.signal);
  const image = await orReason("CannotPullContainerError", () =>
    untilAborted(surroundings.signal, options.images.resolve(container.image)),
  );
  const secrets = await orReason("ResourceInitializationError: unable to pull secrets or registry auth", () =>
    resolveSecrets(container.secrets ?? [], options.secret),
  );
  const credentials = await orReason("ResourceInitializationError: unable to get the task role's credentials", () =>
    options.credentials(roleOf(task, definition), task.id),
  );
  const machine = await orReason("ResourceInitializationError", async () =>
    options.machineVariables?.(roleOf(task, definition)),
  );
  if (!surroundings.isWanted()) return;
  const pullStoppedAt = context.now();

  const folder = taskFolder(state, task.id);
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const ports = await orReason("ResourceInitializationError", () => assignPorts(state, task, container));
  const environment = taskEnvironment({
    host: process.env,
    home,
    machine: machine ?? {},
    image,
    definition: container.environment ?? [],
    overrides: task.overrides.environment ?? [],
    secrets,
    credentials,
    region: context.region,
    endpointUrl: options.endpointUrl(),
    metadataUrl: surroundings.metadataUrl,
    ports,
  });
  const command = commandOf(task, container);
  const workingDirectory = container.workingDirectory ?? home;
  checkCanRun(command, workingDirectory, environment["PATH"] ?? "");
  const launched = await orReason("CannotStartContainerError", () =>
    launch({ folder, command, workingDirectory, environment }, surroundings.onExit),
  );
  if (!surroundings.isWanted()) return launched.abandon();
  try {
    changeTask(state, task, { launcher: launched.launcher, pullStoppedAt });
  } catch (error) {
    launched.abandon(); // not on disk, so it must not run
    throw error;
  }
  launched.begin();
  changeTask(state, task, { lastStatus: "RUNNING", startedAt: context.now() });
}

function roleOf(task: TaskRecord, definition: DefinitionRecord): string | undefined {
  return task.overrides.taskRoleArn ?? definition.taskRoleArn;
}

function commandOf(task: TaskRecord, container: ContainerDefinition): string[] {
  return [...(container.entryPoint ?? []), ...(task.overrides.command ?? container.command ?? [])];
}

/** Ports are on the record before the next task looks for one, so no two live tasks get the same. */
async function assignPorts(
  state: State,
  task: TaskRecord,
  container: ContainerDefinition,
): Promise<TaskRecord["ports"]> {
  const ports: TaskRecord["ports"] = [];
  for (const { containerPort, protocol } of container.portMappings ?? []) {
    const hostPort = await freeHostPort(takenPorts(state, ports), Math.random());
    if (takenPorts(state, ports).has(hostPort)) throw new Error("two tasks found the same free port: try again");
    ports.push({ containerPort, hostPort, protocol: protocol ?? "tcp" });
    changeTask(state, task, { ports: [...ports] });
  }
  return ports;
}

function takenPorts(state: State, own: TaskRecord["ports"]): Set<number> {
  const live = state.store.tasks.values().filter((task) => task.lastStatus !== "STOPPED");
  return new Set([...live.flatMap((task) => task.ports), ...own].map((port) => port.hostPort));
}

/** A container with a command that is not there never starts; without this check it would start and exit with 127. */
function checkCanRun(command: readonly string[], workingDirectory: string, path: string): void {
  const program = command[0];
  if (program === undefined || program === "")
    throw new TaskStartError("CannotStartContainerError: no command specified");
  if (!isFolder(workingDirectory)) {
    const reason = `chdir to cwd ("${workingDirectory}") set in config.json failed: no such file or directory`;
    throw new TaskStartError(`CannotStartContainerError: ${reason}`);
  }
  const candidates = program.includes("/")
    ? [program.startsWith("/") ? program : join(workingDirectory, program)]
    : path.split(delimiter).map((folder) => join(folder, program));
  if (!candidates.some(isExecutable)) {
    throw new TaskStartError(`CannotStartContainerError: exec: "${program}": executable file not found in $PATH`);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function untilAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error("the task was stopped before it started"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

async function orReason<Result>(what: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw new TaskStartError(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
