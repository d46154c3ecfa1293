// IAM's wildcards: `*` is any run of characters (also none), `?` is exactly one. Never a regular expression: a pattern
// with many stars must not take exponential time, and a line break in an object key is a character like any other.

/** Whether the whole text fits the pattern. Runs in pattern length × text length at worst. */
export function fitsGlob(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let resumeAt = 0;
  while (at < text.length) {
    const expected = pattern[inPattern];
    if (expected === "*") {
      star = inPattern++;
      resumeAt = at;
    } else if (expected === "?" || (expected !== undefined && expected === text[at])) {
      inPattern++;
      at++;
    } else if (star >= 0) {
      inPattern = star + 1; // let the last star swallow one more character
      at = ++resumeAt;
    } else return false;
  }
  while (pattern[inPattern] === "*") inPattern++;
  return inPattern === pattern.length;
}

/** What every text that fits the pattern begins with. */
export const fixedPrefix = (pattern: string): string => /^[^*?]*/.exec(pattern)![0];
