// What environments' monitors have measured (design, section 8).
import type { LoadPoint } from "../domain/scaling-load.ts";

export interface LoadMetrics {
  /**
   * The measurements of one environment since a moment, oldest first; one of which a part is missing is left out.
   * @param environment both name and id: a namesake that is gone says nothing about this one
   * @param since milliseconds since the epoch
   * @param until milliseconds since the epoch
   */
  load(
    environment: { readonly name: string; readonly environmentId: string },
    since: number,
    until: number,
  ): Promise<readonly LoadPoint[]>;
}
