import { expect, test, vi } from "vitest";
import type { OutgoingEvent } from "./outbox.ts";
import { relayEvents } from "./relay-events.ts";

function outboxOf(count: number) {
  const events = new Map<number, OutgoingEvent>();
  for (let sequence = 1; sequence <= count; sequence += 1) events.set(sequence, { sequence } as OutgoingEvent);
  return {
    events,
    pendingEvents: (after: number, limit: number) =>
      [...events.values()].filter(({ sequence }) => sequence > after).slice(0, limit),
    async acknowledgeEvents(sequences: readonly number[]) {
      for (const sequence of sequences) events.delete(sequence);
    },
  };
}

test("no more than a hundred events are under way, and all are handed over in order", async () => {
  const outbox = outboxOf(250);
  const posted: number[] = [];
  const relay = relayEvents(outbox, ({ sequence }) => void posted.push(sequence));
  relay.wake();
  expect(posted).toHaveLength(100);
  for (let next = 0; next < 250; next += 1) relay.delivered(posted[next]!);
  expect(posted).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
  await relay.close();
  expect(outbox.events.size).toBe(0);
});

test("a refused event is kept and handed over again", async () => {
  vi.useFakeTimers();
  try {
    const outbox = outboxOf(1);
    const posted: number[] = [];
    const relay = relayEvents(outbox, ({ sequence }) => void posted.push(sequence));
    relay.wake();
    relay.refused(1);
    expect(outbox.events.size).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(posted).toEqual([1, 1]);
    relay.delivered(1);
    await relay.close();
    expect(outbox.events.size).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("a disk that is full when delivered events are forgotten ends nothing: they are forgotten later", async () => {
  vi.useFakeTimers();
  try {
    const outbox = outboxOf(3);
    let full = true;
    const relay = relayEvents(
      {
        ...outbox,
        async acknowledgeEvents(sequences) {
          if (full) throw new Error("database or disk is full");
          await outbox.acknowledgeEvents(sequences);
        },
      },
      () => undefined,
    );
    relay.wake();
    for (const sequence of [1, 2, 3]) relay.delivered(sequence);
    await vi.advanceTimersByTimeAsync(2500);
    expect(outbox.events.size).toBe(3);
    full = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(outbox.events.size).toBe(0);
    await relay.close();
  } finally {
    vi.useRealTimers();
  }
});
