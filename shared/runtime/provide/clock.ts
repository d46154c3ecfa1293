// Time and chance, the real ones.
export { systemClock as clock, systemIdentifiers as identifiers } from "../../aws/system-clock.ts";
