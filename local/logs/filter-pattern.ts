// CloudWatch Logs filter patterns for plain text: terms, quoted phrases, `?either`, `-not`. Others are refused, not guessed.
import { logsError } from "./errors.ts";

/**
 * Compiles a pattern to a test of one message. Terms are case-sensitive and found anywhere in the message:
 * `a b` needs both, `?a ?b` one of them, `-a` none; `"a b"` is one term. `?` terms beside plain ones are ignored, as in
 * CloudWatch. An absent or empty pattern takes everything.
 * @throws InvalidParameterException for JSON (`{…}`), space-delimited (`[…]`) and regular expression (`%…%`) patterns
 */
export function filterPattern(pattern: string | undefined): (message: string) => boolean {
  const text = (pattern ?? "").trim();
  if (text === "") return () => true;
  if (/^[{[]/.test(text) || /^[?-]?%/.test(text)) {
    throw invalid(pattern, "JSON, space-delimited and regular expression patterns are not implemented here.");
  }
  const all: string[] = [];
  const any: string[] = [];
  const none: string[] = [];
  for (let rest = text; rest !== ""; ) {
    const term = /^([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?:\s+|$)/.exec(rest);
    if (!term) throw invalid(pattern, "A quotation mark is not closed, or stands inside a term.");
    rest = rest.slice(term[0].length);
    const [, sign, phrase, word = ""] = term;
    if (phrase === undefined && !/^[\p{L}\p{N}_]+$/u.test(word)) {
      throw invalid(pattern, "A term with other characters than letters, digits and underscores must be quoted.");
    }
    const wanted = phrase === undefined ? word : phrase.replace(/\\(.)/g, "$1");
    (sign === "?" ? any : sign === "-" ? none : all).push(wanted);
  }
  return (message) => {
    if (none.some((term) => message.includes(term))) return false;
    if (all.length > 0) return all.every((term) => message.includes(term));
    return any.length === 0 || any.some((term) => message.includes(term));
  };
}

function invalid(pattern: string | undefined, reason: string): Error {
  return logsError("InvalidParameterException", `Invalid filter pattern ${pattern}: ${reason}`);
}
