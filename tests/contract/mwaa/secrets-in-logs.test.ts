// What the functions and the region log, at every level: never the value of an option, a token, a key or a signature.
import { afterAll, beforeAll, expect, test } from "vitest";
import { captureOutput } from "./captured-output.ts";
import { type ServedApi, serveApi } from "./served-api.ts";
import { pathOf, sentSecret, type ValidRequest, validRequests } from "./valid-requests.ts";
import { storedOption, type WorldOfStates, worldOfStates } from "./world-of-states.ts";

let states: WorldOfStates;
let api: ServedApi;
beforeAll(async () => {
  states = await worldOfStates();
  api = await serveApi(states.world);
});
afterAll(() => api.close());

const wrongly = "the request is wrong in one member";
const rightly = "the request is right";
const broken = "what lies behind the ports is broken";
const unsigned = "the signature is wrong";

test.each([rightly, wrongly, broken, unsigned])("when %s", async (how) => {
  const output = captureOutput();
  const answers: string[] = [];
  try {
    for (const valid of validRequests("available", states.operationOf("available"))) {
      if (how === broken) breakPorts();
      answers.push(await ask(how === wrongly ? withWrongMember(valid) : valid, how === unsigned));
      states.world.heal();
      states.restore();
    }
  } finally {
    output.stop();
  }
  const log = output.text();
  if (how === wrongly) expect(log).toContain("request refused"); // or nothing was captured
  if (how === broken) expect(log).toContain("request failed");
  const tokens = answers.flatMap((text) => /"(?:CliToken|WebToken)":"([^"]+)"/.exec(text)?.[1] ?? []);
  if (how === rightly) expect(tokens.length).toBe(3);
  const keys = ["operator", "choosy", "reader"].map((who) => api.keyOf(who).secretAccessKey);
  const secrets = [sentSecret, storedOption, ...tokens, ...keys, ...states.secrets];
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
  expect(log).not.toMatch(/Signature=|x-amz-security-token|\b[0-9a-f]{64}\b/i);
});

async function ask(valid: ValidRequest, isForged: boolean): Promise<string> {
  const { route, query, body } = valid;
  const line = `${route.method} ${pathOf(valid)}?${query.map((pair) => pair.join("=")).join("&")}`;
  const { accessKeyId, secretAccessKey } = api.keyOf("operator");
  const who = { accessKeyId, secretAccessKey: isForged ? `${secretAccessKey}x` : secretAccessKey };
  return (await api.ask({ line, who, body: body && JSON.stringify(body) })).text;
}

/** The secret stays where it is; something beside it is wrong. */
function withWrongMember(valid: ValidRequest): ValidRequest {
  const { body } = valid;
  if (!body) return { ...valid, query: [["MaxResults", "none"]] };
  const options = { ...(body["AirflowConfigurationOptions"] as object), "A-key": sentSecret, "core.x": [sentSecret] };
  return {
    ...valid,
    body: { ...body, Method: "NOPE", MaxWorkers: "many", AirflowConfigurationOptions: options, Tags: 1, Entries: 2 },
  };
}

/** Every read and write fails, as an SDK's does: by an error with a cause. */
function breakPorts(): void {
  const error = new Error("socket hang up", { cause: new Error("ECONNRESET") });
  for (const method of ["replace", "create"] as const) states.world.fail(`environments.${method}`, error, 9);
  for (const method of ["airflowRest.call", "secretVault.read", "operations.listOf", "workflows.start"] as const)
    states.world.fail(method, error, 9);
}
