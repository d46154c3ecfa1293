// Task logs of an environment lie in one folder that its tasks share. Here the folder lives as long as a service whose
// name carries the environment's id: ECS itself knows no shared folder that ends with a service.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

export interface TaskLogFolders {
  close(): void;
}

const everyMilliseconds = 3000;

/**
 * Removes folders no service uses (any more). A folder is made by a running task, so none is removed too early.
 * @param serviceNames names of all services there are now
 */
export function keepTaskLogFolders(folder: string, serviceNames: () => Promise<readonly string[]>): TaskLogFolders {
  let busy = false;
  const look = async () => {
    if (busy) return;
    busy = true;
    try {
      const ids = readdirSync(folder);
      if (ids.length)
        for (const id of unused(ids, await serviceNames())) rmSync(join(folder, id), { recursive: true, force: true });
    } catch {
      // looked at again: a task may still be writing its last line
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void look(), everyMilliseconds);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

/** The folders named after an id that no service's name carries. */
export const unused = (ids: readonly string[], services: readonly string[]): readonly string[] =>
  ids.filter((id) => !services.some((name) => name.split("-").includes(id)));
