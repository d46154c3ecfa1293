// Looks at an environment's database before anything is done to it: how large it is, and what is at work in it. Reads only.
import type { LiveFacts } from "../domain/upgrade-forecast.ts";

export interface LiveDatabase {
  /**
   * Bounded in time, for whoever waits for an answer. @returns null: there is no such database
   * @throws DependencyUnavailable when the server cannot be reached in time
   */
  look(database: string): Promise<LiveFacts | null>;
}
