// What a bad day is: something goes wrong in an environment that runs, and passes.
import type { Chance } from "../random.ts";
import type { SyncPlace } from "./place.ts";

export interface DayOptions {
  /** How many files come at once. */
  readonly files: number;
  /** How long S3 is away. */
  readonly awaySeconds: number;
  readonly kills: number;
}

export interface Day {
  readonly name: string;
  /**
   * Lives through it, and leaves the bucket so that the next day can begin.
   * @returns figures for its line
   * @throws Error with the promise that was broken
   */
  live(place: SyncPlace, chance: Chance, options: DayOptions): Promise<string>;
}

/** Fails the day unless it is so. */
export function promise(isKept: boolean, sentence: string): asserts isKept {
  if (!isKept) throw new Error(sentence);
}

export const secondsText = (seconds: number): string => `${seconds.toFixed(1)} s`;
