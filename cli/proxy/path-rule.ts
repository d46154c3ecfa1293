// Which paths mean one thing to everybody who reads them: the proxy, a gateway, the service. All others go no further.

/**
 * Looks for what two readers may read differently: empty and dot segments, encoded slashes (allowed in the ARN of
 * `/tags/{arn}`, where they belong), encoding twice, control characters.
 * @param rawPath as sent, percent-encoded
 * @returns why the path is refused, or undefined
 */
export function pathProblem(rawPath: string): string | undefined {
  if (!rawPath.startsWith("/")) return "it does not begin with a slash";
  const segments = rawPath.slice(1).split("/");
  for (const [index, segment] of segments.entries()) {
    if (segment === "" && segments.length > 1) return "it has an empty segment";
    const decoded = decode(segment);
    if (decoded === undefined) return "it is not validly percent-encoded";
    const isArn = index === 1 && segments[0] === "tags";
    if (!isArn && /[/\\]/.test(decoded)) return "it has an encoded slash";
    if (decoded.split(/[/\\]/).some((part) => part === "." || part === "..")) return "it has a dot segment";
    if (/%[0-9a-f]{2}/i.test(decoded)) return "it is percent-encoded twice";
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/[\x00-\x1f\x7f]/.test(decoded)) return "it has a control character";
  }
  return undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
