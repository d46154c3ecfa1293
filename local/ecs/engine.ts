// The ECS engine: tasks are processes of this machine, detached, watched, and adopted again after a kill of the engine.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Engine, EngineContext } from "../engine.ts";
import { answerJson, type JsonOperation } from "../json-protocol.ts";
import { clusterOperations } from "./clusters.ts";
import { interruptTask, isWaiting, keepUnsignalledTasks } from "./interruption.ts";
import { answerMetadata, type MetadataResponse } from "./metadata.ts";
import { withOldDescriptions } from "./old-descriptions.ts";
import type { EcsOptions } from "./options.ts";
import { protectionOperations } from "./protection.ts";
import { createServiceLoop } from "./service-loop.ts";
import { serviceOperations } from "./services.ts";
import { type State, shortName, taskFolder } from "./state.ts";
import { openStore } from "./store.ts";
import { tagOperations } from "./tagging.ts";
import { cleanUp, removeUnknownFolders } from "./task-cleanup.ts";
import { taskDefinitionOperations } from "./task-definitions.ts";
import { createTaskLife } from "./task-life.ts";
import { tailLog } from "./task-log.ts";
import { openTaskTokens } from "./task-tokens.ts";
import { stopTask, taskOperations } from "./tasks.ts";

export interface EcsEngine extends Engine {
  /** Adopts the tasks that still run, restarts those that should, and keeps services at their desired count. */
  start(): Promise<void>;
  /**
   * Stops every task for `hangar down` and resolves when their processes are gone. Services keep their desired count:
   * the next `start()` starts again what ran. A one-off task that was cut short waits and is started again as the same task.
   * @param options.graceSeconds the longest time between SIGTERM and SIGKILL
   */
  stopAll(options: { readonly graceSeconds: number }): Promise<void>;
  /** Answers a task's request below its metadata address; the front door mounts it at `metadataBaseUrl()/<token><path>`. */
  metadata(token: string, method: string, path: string, body: string): MetadataResponse;
  /** The end of what a task wrote to stdout and stderr (64 KiB unless told). Empty when its folder is gone. */
  logs(taskIdOrArn: string, bytes?: number): Promise<string>;
}

const CLEAN_UP_EVERY_MILLISECONDS = 1000;

/** Opens the engine's state; nothing runs before `start()`. The context's folder must be private (0700). */
export function createEcsEngine(context: EngineContext, options: EcsOptions): EcsEngine {
  mkdirSync(join(context.folder, "tasks"), { recursive: true, mode: 0o700 });
  const store = openStore(join(context.folder, "ecs.sqlite"));
  const tokens = openTaskTokens(context.folder, store);
  const state: State = { context, options, store, wake: () => wake(0) };
  const services = createServiceLoop(state);
  const life = createTaskLife(state, tokens, services.taskEnded, services.targetsChanged);
  const truth: Record<string, JsonOperation> = {
    ...clusterOperations(state),
    ...taskDefinitionOperations(state),
    ...taskOperations(state),
    ...serviceOperations(state),
    ...protectionOperations(state),
    ...tagOperations(state),
  };
  const operations = context.unkind ? withOldDescriptions(truth, context.unkind, context.now) : truth;

  let mode: "idle" | "running" | "stopping" | "closed" = "idle";
  let timer: NodeJS.Timeout | undefined;
  let wakeAt = Number.POSITIVE_INFINITY;
  let cleanedAt = 0;
  let cleaning: Promise<void> | undefined;

  /** Looks again in that time, or sooner when something else asked for it. */
  function wake(milliseconds: number): void {
    if (mode === "idle" || mode === "closed") return;
    const at = performance.now() + milliseconds;
    if (at >= wakeAt) return;
    wakeAt = at;
    clearTimeout(timer);
    timer = setTimeout(look, milliseconds);
  }

  function look(): void {
    wakeAt = Number.POSITIVE_INFINITY;
    let next = 1000;
    try {
      next = Math.min(life.look(mode === "running"), mode === "running" ? services.look() : 1000);
      if (!cleaning && context.now() - cleanedAt >= CLEAN_UP_EVERY_MILLISECONDS) {
        cleanedAt = context.now();
        cleaning = cleanUp(state)
          .catch(report)
          .finally(() => {
            cleaning = undefined;
          });
      }
    } catch (error) {
      report(error); // a full disk, say: looked at again in a second
    }
    wake(Math.max(next, 10));
  }

  function report(error: unknown): void {
    if (mode !== "closed") options.log?.(`ecs: ${error instanceof Error ? error.message : String(error)}`);
  }

  return {
    signingNames: ["ecs"],
    handle: (request) => answerJson("1.1", operations, request),
    start: async () => {
      await removeUnknownFolders(state);
      keepUnsignalledTasks(state);
      mode = "running";
      look();
    },
    stopAll: async ({ graceSeconds }) => {
      mode = "stopping";
      const live = () => store.tasks.values().filter((task) => task.lastStatus !== "STOPPED" && !isWaiting(task));
      for (const task of live()) {
        const isOneOff = task.serviceArn === undefined;
        if (isOneOff && task.desiredStatus === "RUNNING") interruptTask(state, task, graceSeconds);
        else stopTask(state, task, "TerminationNotice", "The one-machine region was stopped.", graceSeconds);
      }
      wake(0);
      // Bounded: SIGKILL follows the grace, and then only a load balancer that does not answer can hold it up.
      const deadline = performance.now() + graceSeconds * 1000 + 40_000;
      while (live().length > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
      if (live().length > 0) throw new Error(`${live().length} tasks could not be stopped: see the region's log`);
    },
    close: async () => {
      if (mode === "closed") return;
      mode = "closed";
      clearTimeout(timer);
      await life.close();
      await cleaning;
      store.close();
    },
    metadata: (token, method, path, body) => answerMetadata(state, tokens, token, method, path, body),
    logs: (task, bytes = 64 * 1024) => tailLog(taskFolder(state, shortName(task)), bytes),
  };
}
