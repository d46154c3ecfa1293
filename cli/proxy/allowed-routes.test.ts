import { describe, expect, it } from "vitest";
import { routes } from "../../functions/routes.ts";
import { allowedRoutes, allowList } from "./allowed-routes.ts";

const sample = (path: string) => path.replaceAll(/\{\w+\}/g, "a");

describe("what a page may ask for", () => {
  it("is every route the API has: one that is wired but not listed would be a page that cannot work", () => {
    const isAllowed = allowList(allowedRoutes(), false);
    expect(routes.filter(({ method, path }) => !isAllowed(method, sample(path)))).toEqual([]);
    expect(isAllowed("GET", "/tags/arn%3Aaws%3Aairflow%3Ax%3A0%3Aenvironment%2Ffirst")).toBe(true);
  });

  it("is nothing else: no other method, no more segments, no prefix, no malformed parameter", () => {
    const isAllowed = allowList(allowedRoutes(), false);
    const others = [
      ["PUT", "/environments"],
      ["HEAD", "/environments"],
      ["GET", "/environments/a/b"],
      ["GET", "/environments/"],
      ["GET", "/environmentsx"],
      ["GET", "/environments/%zz"],
      ["GET", "/_hangar/health"],
      ["GET", ""],
    ] as const;
    expect(others.filter(([method, path]) => isAllowed(method, path))).toEqual([]);
  });

  it("is only reading when read-only", () => {
    const isAllowed = allowList(allowedRoutes(), true);
    const left = allowedRoutes().filter(({ method, path }) => isAllowed(method, sample(path)));
    expect(left.length).toBeGreaterThan(3);
    expect(new Set(left.map(({ method }) => method))).toEqual(new Set(["GET"]));
  });
});
