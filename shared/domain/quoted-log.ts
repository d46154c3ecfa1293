// The end of a task's output, as a failure quotes it: the last lines, bounded, with what looks like a secret left out.

/** What an operation item and an answer can well carry. */
export const mostLines = 20;
const mostBytes = 4_096;
const mostLineCharacters = 400;

/** Colours and cursor movements of a terminal; other control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const unprintable = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000a-\u001f\u007f\u2028\u2029]/g;

/** What looks like a secret, and what is shown instead. The agents mask those they know; this is for whatever they do not. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:)[^\s@]+@/gi, "$1***@"],
  [/((?:authorization|x-amz-security-token)["']?\s*[:=]\s*["']?(?:bearer |basic )?)[^\s"',}]+/gi, "$1***"],
  [/((?:password|passwd|secret|token|api_?key|fernet_?key|signature)[\w-]*["']?\s*[:=]\s*["']?)[^\s"',}&]+/gi, "$1***"],
  [/\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*/g, "***"],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, "***"],
  // a Fernet key: 32 bytes in URL-safe base64
  [/(?<![\w-])[\w-]{43}=(?!=)/g, "***"],
];

/**
 * The last lines that say anything, oldest first.
 * @param lines as they were written, oldest first
 */
export function quotedLog(lines: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let bytes = 0;
  for (const line of lines.toReversed()) {
    const shown = masked(line.replace(unprintable, "").trimEnd());
    if (shown === "") continue;
    const cut = shown.length > mostLineCharacters ? `${shown.slice(0, mostLineCharacters - 1)}…` : shown;
    bytes += Buffer.byteLength(cut) + 1;
    if (kept.length >= mostLines || bytes > mostBytes) break;
    kept.unshift(cut);
  }
  return kept;
}

const masked = (line: string): string => secrets.reduce((text, [what, instead]) => text.replace(what, instead), line);

/**
 * A sentence with as much of a log behind it as there is room for: the last line says why, so it comes first to be kept. All in
 * one line, as the service model asks of an error's message.
 * @param most characters of all
 */
export function withLog(sentence: string, log: readonly string[], most: number): string {
  const said = sentence.replace(lineEnds, " | ");
  let shown = "";
  for (const line of log.toReversed()) {
    const longer = shown === "" ? line : `${line} | ${shown}`;
    if (`${said} Its log says last: ${longer}`.length > most) break;
    shown = longer;
  }
  return shown === "" ? said.slice(0, most) : `${said} Its log says last: ${shown}`;
}

/** A failure may itself quote several lines; these are all ends of lines that `.` of a regular expression does not match. */
const lineEnds = /\s*[\n\r\u2028\u2029]\s*/g;
