// An ECS engine in a process of its own, over one folder: tests kill it, end it as `hangar down` does, start it again.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ECSClient } from "@aws-sdk/client-ecs";
import { clientDefaults } from "../serve.ts";

export interface EngineUnderKill {
  /** Of the last start. */
  readonly client: ECSClient;
  start(): Promise<void>;
  /** Resolves when the process is gone. SIGTERM stops every task first, as the region going down does. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** Sends SIGTERM, and SIGKILL so many milliseconds later: a region killed while it goes down. */
  killWhileGoingDown(afterMilliseconds: number): Promise<void>;
}

/** Starts the first engine of a folder. */
export async function startEngine(folder: string): Promise<EngineUnderKill> {
  const program = fileURLToPath(new URL("./engine-process.ts", import.meta.url));
  let engine: ChildProcess;
  let client: ECSClient;
  const start = async () => {
    engine = spawn(process.execPath, [program, folder], { stdio: ["ignore", "pipe", "inherit"] });
    const [url] = await once(createInterface({ input: engine.stdout as NodeJS.ReadableStream }), "line");
    client = new ECSClient({ ...clientDefaults, endpoint: url as string });
  };
  const end = async (signal: NodeJS.Signals) => {
    if (engine.exitCode !== null || engine.signalCode !== null) return;
    const gone = once(engine, "exit");
    engine.kill(signal);
    await gone;
  };
  await start();
  return {
    get client() {
      return client;
    },
    start,
    end,
    killWhileGoingDown: async (afterMilliseconds) => {
      engine.kill("SIGTERM");
      await new Promise((resolve) => setTimeout(resolve, afterMilliseconds));
      await end("SIGKILL");
    },
  };
}
