// This region has one bus.
import { ServiceError } from "../json-protocol.ts";

/** True for the default bus by name, by ARN, or by silence. */
export function isDefaultBus(name: unknown): boolean {
  return name === undefined || name === null || name === "default" || /:event-bus\/default$/.test(String(name));
}

/** @throws ServiceError ResourceNotFoundException for any bus but the default one */
export function onlyDefaultBus(name: unknown): void {
  if (isDefaultBus(name)) return;
  throw new ServiceError("ResourceNotFoundException", `Event bus ${String(name)} does not exist.`);
}
