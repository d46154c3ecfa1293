// Runs one program to its end and keeps what it said: the building of images is programs run one after the other.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface CommandOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Told each line of output as it comes. */
  readonly onLine?: (line: string) => void;
  readonly timeoutSeconds: number;
}

export interface CommandResult {
  /** The exit code; undefined when a signal ended it or it could not be started. */
  readonly code: number | undefined;
  /** The last lines of stdout and stderr together, 200 at most. */
  readonly output: string;
}

/** Runs `program`; an exit code other than 0 is a result, not an error. */
export function runCommand(program: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve) => {
    const lines: string[] = [];
    // A group of its own, so that a time-out reaches what the program started too.
    const child = spawn(program, args, {
      env: { ...options.environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // ended meanwhile
      }
    };
    const timer = setTimeout(() => {
      lines.push(`${program} did not end within ${options.timeoutSeconds} s and was stopped`);
      end();
    }, options.timeoutSeconds * 1000);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (lines.length > 200) lines.shift();
        options.onLine?.(line);
      });
    }
    const finish = (code: number | undefined) => {
      clearTimeout(timer);
      resolve({ code, output: lines.join("\n") });
    };
    child.once("error", (error) => {
      lines.push(error.message);
      finish(undefined);
    });
    child.once("close", (code) => finish(code ?? undefined));
  });
}

/** The environment builders run with: the user's own (proxies, mirrors, caches) without another Python's settings. */
export function buildEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const dropped = [
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYTHONDONTWRITEBYTECODE",
    "__PYVENV_LAUNCHER__",
  ];
  const own = Object.entries(process.env).filter(([name, value]) => value !== undefined && !dropped.includes(name));
  return { ...(Object.fromEntries(own) as Record<string, string>), ...more };
}
