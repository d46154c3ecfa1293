// IAM's wildcards: `*` is any run of characters (also none), `?` is exactly one. Never a regular expression: a pattern
// with many stars must not take exponential time, and a line break in an object key is a character like any other.
// The one file of this folder that local/ reads, too: the rule is IAM's, not Hangar's.

/** Whether the whole text fits the pattern. Runs in pattern length × text length at worst. */
export const fitsGlob = (pattern: string, text: string): boolean => fits(pattern, text, "?");

/** The same where `*` is the only wildcard and `?` stands for itself. */
export const fitsStars = (pattern: string, text: string): boolean => fits(pattern, text, undefined);

/** What every text that fits the pattern (`fitsGlob`) begins with. */
export const fixedPrefix = (pattern: string): string => /^[^*?]*/.exec(pattern)![0];

/** @param one stands for exactly one character */
function fits(pattern: string, text: string, one: string | undefined): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let resumeAt = 0;
  while (at < text.length) {
    const expected = pattern[inPattern];
    if (expected === "*") {
      star = inPattern++;
      resumeAt = at;
    } else if (expected !== undefined && (expected === one || expected === text[at])) {
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
