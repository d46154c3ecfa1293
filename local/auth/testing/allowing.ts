// An authority for tests that are about something else: everything is allowed.
import type { Authority } from "../authority.ts";

export const allowingAuthority: Authority = {
  denied: () => undefined,
  verdictOf: () => "allowed",
};
