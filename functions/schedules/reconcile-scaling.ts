// Has every environment's workers looked at: covers lost alarms and reminders, and decisions that were cut off. It looks at
// none itself: as messages the looks run beside each other, however many environments there are.
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { reminders } from "../../shared/runtime/provide/reminders.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Reminders } from "../../shared/ports/reminders.ts";
import { scalesNow } from "../../shared/runtime/scaler.ts";

interface Ports {
  readonly environments: Environments;
  readonly reminders: Reminders;
}

export const handler = scheduleHandler(reconcileScaling, () => ({
  environments: environments(),
  reminders: reminders(),
}));

/** Messages sent at a time. */
const atOnce = 20;

/** @throws Error of a message that could not be sent; the next run sends them all again */
export async function reconcileScaling({ environments, reminders }: Ports): Promise<void> {
  const all = (await environments.all()).filter(scalesNow);
  for (let first = 0; first < all.length; first += atOnce) {
    await Promise.all(all.slice(first, first + atOnce).map((environment) => reminders.remind(environment, 0)));
  }
}
