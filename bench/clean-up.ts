// What a run has started and made, so that it ends and goes away however the run ends.

export interface CleanUp {
  /** @returns does this piece of work now, once; `all` then has nothing left to do for it */
  add(work: () => Promise<void> | void): () => Promise<void>;
  /** Everything that is left, last one first. A piece that fails does not keep the others from being done. */
  all(): Promise<void>;
}

/** @param failed told of each piece of work that failed */
export function createCleanUp(failed: (error: unknown) => void): CleanUp {
  const left: (() => Promise<void>)[] = [];
  return {
    add(work) {
      let done: Promise<void> | undefined;
      const once = () => {
        done ??= Promise.resolve()
          .then(work)
          .finally(() => left.splice(left.indexOf(once), 1));
        return done;
      };
      left.push(once);
      return once;
    },
    async all() {
      for (const work of [...left].reverse()) await work().catch(failed);
    },
  };
}
