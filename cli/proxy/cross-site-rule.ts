// Is this request made by our own page? A cookie alone does not say so: any page can make a browser send requests here.

/**
 * The rule for everything but static files; there is no way to turn it off.
 * @param host the request's own, already known to be ours
 * @returns why the request is refused, or undefined
 */
export function crossSiteProblem(
  method: string,
  host: string,
  headers: Readonly<Record<string, string>>,
): string | undefined {
  // A header of its own cannot be sent across origins without a preflight, and preflights are refused.
  if (headers["x-hangar-console"] !== "1") return "the header 'X-Hangar-Console: 1' is missing";
  const origin = headers["origin"];
  if (origin === undefined && method !== "GET") return "the header 'Origin' is missing";
  if (origin !== undefined && origin !== `http://${host}`) return "it comes from another origin";
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return "it comes from another site";
  return undefined;
}
