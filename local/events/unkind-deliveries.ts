// What becomes of an event's deliveries on a bus of many machines: some are made twice, some are late, and what is late is
// overtaken by what comes after it.
import { between, type Unkind } from "../unkind/unkind.ts";
import type { NewDelivery } from "./store.ts";

const lateMilliseconds = [200, 5000] as const;

/** The deliveries to be kept: none is left out. */
export function unkindDeliveries(deliveries: readonly NewDelivery[], unkind: Unkind): readonly NewDelivery[] {
  return deliveries
    .flatMap((delivery) =>
      unkind.strikes("event-duplicate", delivery.rule) === undefined ? [delivery] : [delivery, delivery],
    )
    .map((delivery) => {
      const size = unkind.strikes("event-late", delivery.rule);
      return size === undefined ? delivery : { ...delivery, delayMilliseconds: between(...lateMilliseconds, size) };
    });
}
