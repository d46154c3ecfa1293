// Time and chance, the real ones.
import { systemClock, systemIdentifiers } from "../../aws/system-clock.ts";
import { once } from "../environment.ts";

export const clock = once(systemClock);
export const identifiers = once(systemIdentifiers);
