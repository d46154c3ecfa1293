// Alarms on environments' metrics.
import type { AlarmSpec } from "../domain/alarms.ts";

export interface Alarms {
  /** Makes them, or makes them as said; their states stay (CloudWatch API: PutMetricAlarm). */
  put(alarms: readonly AlarmSpec[]): Promise<void>;
  /** Gone already is fine. */
  remove(names: readonly string[]): Promise<void>;
}
