import { expect, it } from "vitest";
import { routes } from "../../functions/routes.ts";
import type { Authority, Wish } from "../auth/authority.ts";
import { matcher } from "./route-match.ts";
import { routeDenial } from "./route-wishes.ts";

const caller = { arn: "arn:aws:iam::000000000000:user/ci", accountId: "000000000000" };
const region = "us-east-1";
const sample: Readonly<Record<string, string>> = {
  Name: "first",
  EnvironmentName: "first",
  Role: "Op",
  ResourceArn: "arn%3Aaws%3Aairflow%3Aus-east-1%3A000000000000%3Aenvironment%2Ffirst",
};

/** What the route asks of whoever takes it. */
function asked(method: string, path: string): readonly Wish[] {
  const wishes: Wish[] = [];
  const authority: Authority = {
    denied(_arn, some) {
      wishes.push(...some);
      return { ...some[0]!, verdict: "not allowed" };
    },
    verdictOf: () => undefined,
  };
  const found = matcher(routes)(
    method,
    path.replace(/\{(\w+)\}/g, (_whole, name: string) => sample[name] ?? "something"),
  );
  if (found === undefined || found === "malformed") throw new Error(`${method} ${path} is no route`);
  expect(routeDenial(authority, caller, found, region)).toMatchObject({ verdict: "not allowed" });
  return wishes;
}

it.each(routes)("$method $path is asked for, on what its path names", ({ method, path, action, resource }) => {
  const wishes = asked(method, path);
  expect(new Set(wishes.map((wish) => wish.action))).toEqual(new Set([`airflow:${action}`]));
  const targets = wishes.map(({ target }) => target);
  const named = (kind: string) => `arn:aws:airflow:us-east-1:000000000000:${kind}`;
  if (resource === "any") expect(targets).toEqual(["*"]);
  else if (resource === "environment") expect(targets).toEqual([named("environment/first")]);
  else if (path.includes("{Role}")) expect(targets).toEqual([named("role/first/Op")]);
  else {
    const roles = ["Admin", "Op", "User", "Viewer", "Public"].map((role) => named(`role/first/${role}`));
    expect(targets).toEqual([named("environment/first"), ...roles]);
  }
});
