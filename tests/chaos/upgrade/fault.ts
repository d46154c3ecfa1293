// What a fault of an upgrade is: something goes wrong at the moment it is for, and the upgrade ends whole on either version.
import type { Chance } from "../random.ts";
import type { UpgradePlace } from "./place.ts";

/** AVAILABLE on the new version, or UPDATE_FAILED on the old one. Anything else breaks the promise. */
export type End = "new" | "old";

export interface Fault {
  readonly name: string;
  /** How it may end. */
  readonly ends: readonly End[];
  /** Is left out of the short form. */
  readonly isLong?: boolean;
  /** Needs PostgreSQL's files on a small disk, which only root can mount. */
  readonly needsDisk?: boolean;
  /** Members of the request beside the version. */
  readonly request?: object;
  /** Makes what is there before the upgrade is asked for. @returns takes it away again, once its end was looked at */
  prepare?(place: UpgradePlace): Promise<() => Promise<void>>;
  /**
   * Is called once the upgrade was accepted; does the harm, and undoes it where a person would.
   * @returns what was done when, for the fault's line
   */
  inject(place: UpgradePlace, chance: Chance): Promise<string>;
}
