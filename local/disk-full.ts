// Whether an engine failed because the disk is full: the one fault a caller is told, because the caller can cure it.

/** What an answer says then; the rest of an internal fault stays inside. */
export const diskFullMessage = "The disk of this one-machine region is full. Free some space there, then try again.";

/** Its code in every protocol. The control plane's catalogue (`shared/domain/errors.ts`) has it too: its API says the same. */
export const diskFullCode = "StorageFull";

const codes: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT"]);
/** SQLite result code SQLITE_FULL; extended codes have the primary one in their low byte. */
const sqliteFull = 13;
/** LevelDB wraps what the system said into an error of its own, for some platforms without its code. */
const words = /\b(ENOSPC|EDQUOT)\b|no space left on device|disk quota exceeded/i;
/** Errors are wrapped a few times at most; a circle must not keep us. */
const mostCauses = 8;

/** Looks at the error and what caused it. @param error whatever was thrown */
export function isDiskFull(error: unknown): boolean {
  let one: unknown = error;
  for (let depth = 0; depth < mostCauses && one !== null && typeof one === "object"; depth++) {
    const { code, errcode, message, cause } = one as {
      code?: unknown;
      errcode?: unknown;
      message?: unknown;
      cause?: unknown;
    };
    if (codes.has(code) || (typeof errcode === "number" && (errcode & 0xff) === sqliteFull)) return true;
    if (String(code).startsWith("LEVEL_") && words.test(String(message))) return true;
    one = cause;
  }
  return false;
}

/** The message of a 500: nothing of the error itself, but that the disk is full. */
export const faultMessage = (error: unknown): string =>
  isDiskFull(error) ? diskFullMessage : "The service met an internal fault.";

/** The code of a 500. @param usual the service's own for a fault of its own */
export const faultCode = (error: unknown, usual: string): string => (isDiskFull(error) ? diskFullCode : usual);
