// What a batch of events asks of several environments: one's trouble keeps no other waiting.
import { errorFields, logger } from "./logger.ts";

/**
 * Does the same for each environment and tries all of them, whatever becomes of one.
 * @param what went undone, as the log calls it
 * @param atOnce how many are under way at a time
 * @throws the first error, once all have been tried and none is under way any more: the batch is repeated, which must be
 * harmless for those that went well
 */
export async function forEachEnvironment<Environment extends { readonly name: string }>(
  environments: readonly Environment[],
  what: string,
  act: (environment: Environment) => Promise<unknown>,
  atOnce = 1,
): Promise<void> {
  const errors: unknown[] = [];
  const attempt = async (environment: Environment) => {
    try {
      await act(environment);
    } catch (error) {
      logger.error(what, { environment: environment.name, ...errorFields(error) });
      errors.push(error);
    }
  };
  for (let first = 0; first < environments.length; first += atOnce)
    await Promise.all(environments.slice(first, first + atOnce).map(attempt));
  if (errors.length > 0) throw errors[0];
}
