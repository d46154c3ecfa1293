// What happens when, in simulated seconds. Acts of one moment come in the order they were entered.

/** A promise is waited for before the next act. */
type Act = () => unknown;
interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: Act;
}

/** A queue of acts by time, and the clock that goes with it. */
export class Agenda {
  /** Seconds since the beginning. */
  now = 0;
  private entered = 0;
  /** A binary heap: the earliest first. */
  private readonly heap: Entry[] = [];

  /** @param seconds from now; what is in the past happens now */
  after(seconds: number, act: Act): void {
    this.at(this.now + seconds, act);
  }

  at(seconds: number, act: Act): void {
    const { heap } = this;
    const entry = { at: Math.max(seconds, this.now), order: this.entered++, act };
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  /** Again and again, the first time at `first`. */
  every(seconds: number, first: number, act: Act): void {
    this.at(first, () => {
      this.every(seconds, this.now + seconds, act);
      return act();
    });
  }

  /** Lets time pass until then. What is entered for later stays undone. */
  async run(until: number): Promise<void> {
    for (let entry = this.heap[0]; entry && entry.at <= until; entry = this.heap[0]) {
      this.takeFirst();
      this.now = entry.at;
      const doing = entry.act();
      if (doing instanceof Promise) await doing;
    }
    this.now = until;
  }

  private takeFirst(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

const before = (one: Entry, other: Entry): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);
