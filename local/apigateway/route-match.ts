// Finds the route of a request on its raw path, before anything is decoded: the ARN of a tag request is one segment
// although it holds an encoded slash.

export interface Route {
  readonly method: string;
  /** `/environments/{Name}`: each `{…}` is one segment. */
  readonly path: string;
  readonly function: string;
}

export interface RouteMatch<Found extends Route = Route> {
  readonly route: Found;
  /** Decoded once. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** @returns a function that answers the match, undefined, or `malformed` when a parameter is not validly encoded */
export function matcher<Found extends Route>(
  routes: readonly Found[],
): (method: string, rawPath: string) => RouteMatch<Found> | "malformed" | undefined {
  const known = routes.map((route) => ({ route, segments: route.path.split("/") }));
  return (method, rawPath) => {
    const sent = rawPath.split("/");
    for (const { route, segments } of known) {
      if (route.method !== method || segments.length !== sent.length) continue;
      if (!segments.every((segment, index) => fits(segment, sent[index] ?? ""))) continue;
      return read(route, segments, sent);
    }
    return undefined;
  };
}

function fits(segment: string, sent: string): boolean {
  return isParameter(segment) ? sent !== "" : segment === sent;
}

function read<Found extends Route>(
  route: Found,
  segments: readonly string[],
  sent: readonly string[],
): RouteMatch<Found> | "malformed" {
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (!isParameter(segment)) continue;
    try {
      parameters[segment.slice(1, -1)] = decodeURIComponent(sent[index] ?? "");
    } catch {
      return "malformed";
    }
  }
  return { route, parameters };
}

function isParameter(segment: string): boolean {
  return segment.startsWith("{") && segment.endsWith("}");
}
