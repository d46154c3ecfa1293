// What a standard queue may do with its messages and a store on one disk never does: bring them late, in another order,
// before their visibility timeout has passed, and once more after they were deleted.
import { between, type Unkind } from "../unkind/unkind.ts";
import type { MessageStore } from "./message-store.ts";

const lateMilliseconds = [200, 4000] as const;
const againMilliseconds = [100, 3000] as const;

/** The store, as a service spread over many servers shows it. Nothing is ever lost. */
export function unkindMessages(store: MessageStore, unkind: Unkind, now: () => number): MessageStore {
  return {
    ...store,

    add(queue, messages, sentAt) {
      const late = messages.map((message) => {
        const size = unkind.strikes("sqs-late", queue);
        return size === undefined
          ? message
          : { ...message, visibleAt: message.visibleAt + between(...lateMilliseconds, size) };
      });
      return store.add(queue, late, sentAt);
    },

    take(queue, options) {
      const { taken, movedToDeadLetter } = store.take(queue, options);
      for (const { receiptHandle } of taken) {
        const size = unkind.strikes("sqs-visible-early", queue);
        const early = size === undefined ? Number.POSITIVE_INFINITY : between(...againMilliseconds, size);
        if (options.now + early < options.hiddenUntil) store.hide(queue, receiptHandle, options.now, early);
      }
      const size = taken.length > 1 ? unkind.strikes("sqs-reorder", queue) : undefined;
      return { taken: size === undefined ? taken : turned(taken, size), movedToDeadLetter };
    },

    remove(queue, handles) {
      for (const handle of handles) {
        const size = unkind.strikes("sqs-duplicate", queue);
        // A server that was away when the others deleted their copy still has its own. The handle is stale from here on,
        // so the removal below passes it by.
        if (size !== undefined) store.release(queue, handle, now() + between(...againMilliseconds, size));
      }
      return store.remove(queue, handles);
    },
  };
}

/** Last ones first, from a place in the middle on. */
function turned<Item>(items: readonly Item[], size: number): readonly Item[] {
  const at = between(1, items.length - 1, size);
  return [...items.slice(at), ...items.slice(0, at)];
}
