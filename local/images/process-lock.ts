// A lock between processes that the system frees when its holder dies, kill -9 included: an open SQLite transaction.
import { DatabaseSync } from "node:sqlite";

/**
 * Runs `work` while no other process (or caller in this one) holds the lock of this file.
 * @param onWait told once when somebody else holds it
 * @throws when it was not free within `timeoutSeconds`
 */
export async function withLock<Result>(
  file: string,
  timeoutSeconds: number,
  onWait: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const database = new DatabaseSync(file);
  try {
    const deadline = performance.now() + timeoutSeconds * 1000;
    for (let told = false; !tryLock(database); ) {
      if (performance.now() > deadline)
        throw new Error(`${file} was not free within ${timeoutSeconds} s: another process holds it`);
      if (!told) onWait();
      told = true;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return await work();
  } finally {
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes("locked")) return false;
    throw error;
  }
}
