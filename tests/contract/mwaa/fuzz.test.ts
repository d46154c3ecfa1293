// Requests nobody should send, at every route, in every state of an environment: none is answered with a fault of ours, none
// that is refused has changed anything, none gets to see a secret.
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { captureOutput } from "./captured-output.ts";
import { anyMutationOf } from "./mutations.ts";
import { faultOfRefusal } from "./refusals.ts";
import { type ApiRequest, type ServedApi, serveApi } from "./served-api.ts";
import { sentSecret, validRequests } from "./valid-requests.ts";
import { stateNames, storedOption, type WorldOfStates, worldOfStates } from "./world-of-states.ts";

/** Requests to each route; `npm run chaos` sends more. */
const runs = Number(process.env["HANGAR_MUTATIONS"] ?? 5);
/** Far above what any answer takes, far below what a pattern that backtracks takes. */
const answersWithinMilliseconds = 3_000;

let states: WorldOfStates;
let before: string;
let api: ServedApi;
const output = captureOutput();

beforeAll(async () => {
  states = await worldOfStates();
  before = states.stored();
  api = await serveApi(states.world);
});
afterAll(async () => {
  output.stop();
  await api.close();
});

const routeCount = validRequests("x", "o").length;
const names = [...stateNames, "new-name"];

test.each(Array.from({ length: routeCount }, (_, at) => [label(at), at] as const))(
  "%s: whatever is sent, never a fault, never a change or a secret with a refusal",
  async (_, at) => {
    const anyRequest = fc
      .constantFrom(...names)
      .chain((name) => anyMutationOf(validRequests(name, operationId(name))[at]!));
    await fc.assert(
      fc.asyncProperty(anyRequest, (request) => check(request)),
      { numRuns: runs },
    );
  },
  20_000 + runs * 200,
);

async function check(request: ApiRequest): Promise<void> {
  output.clear();
  const answer = await api.ask(request);
  const told = `${request.line.slice(0, 300)} → ${answer.status} ${answer.text.slice(0, 500)}`;
  expect(answer.status, told).toBeLessThan(500);
  expect(answer.milliseconds, told).toBeLessThan(answersWithinMilliseconds);
  const seen = answer.text + JSON.stringify(answer.headers);
  expect(states.secrets.filter((secret) => seen.includes(secret) || output.text().includes(secret))).toEqual([]);
  const private_ = [sentSecret, storedOption, ...tokensIn(answer.text)];
  expect(
    private_.filter((secret) => output.text().includes(secret)),
    `the log after ${told}`,
  ).toEqual([]);
  const isUnchanged = states.stored() === before;
  if (!isUnchanged) states.restore();
  if (answer.status < 400) return;
  expect(isUnchanged, `something changed: ${told}`).toBe(true);
  expect(faultOfRefusal(answer, request.line.startsWith("HEAD")), told).toBeUndefined();
  expect(
    [sentSecret, storedOption].filter((secret) => seen.includes(secret)),
    told,
  ).toEqual([]);
}

const tokensIn = (text: string) => /"(?:CliToken|WebToken)":"([^"]+)"/.exec(text)?.slice(1) ?? [];

function operationId(name: string): string {
  return name === "new-name" ? "z".repeat(26) : states.operationOf(name);
}

function label(at: number): string {
  const { method, path } = validRequests("x", "o")[at]!.route;
  return `${method} ${path}`;
}
