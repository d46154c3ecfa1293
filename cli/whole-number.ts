// Options that take a number: what is none is bad usage, said at once and before anything is asked of the API.
import { InvalidArgumentError } from "commander";

/**
 * A parser for commander.
 * @param least the smallest number that makes sense there
 * @throws InvalidArgumentError, which ends the command with the code for bad usage
 */
export const wholeNumber =
  (least: number) =>
  (word: string): number => {
    const value = Number(word);
    if (/^\d{1,9}$/.test(word) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
  };
