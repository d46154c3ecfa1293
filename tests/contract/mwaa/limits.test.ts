// Sizes at and beyond the bounds: refused by the caller's fault, quickly, with the connection in order afterwards.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { maximumBodyBytes } from "../../../local/front/request-body.ts";
import { maximumPayloadBytes } from "../../../local/lambda/wiring.ts";
import { availableWorld } from "../../../state-machines/testing/available.ts";
import { createRequest } from "../../../state-machines/testing/requests.ts";
import { faultOfRefusal } from "./refusals.ts";
import { type ApiAnswer, type ServedApi, serveApi } from "./served-api.ts";

let states: Awaited<ReturnType<typeof availableWorld>>;
let api: ServedApi;
beforeAll(async () => {
  states = await availableWorld();
  api = await serveApi(states.world);
});
afterAll(() => api.close());

const json = { "content-type": "application/json" };
const patch = (body: string | Buffer) =>
  api.ask({ line: "PATCH /environments/first", who: "choosy", headers: json, body });

/** A body of exactly this many bytes that is right but for its size. */
const padded = (bytes: number) => `{"MaxWorkers":5,"Stranger":"${"x".repeat(bytes - 31)}"}`;

describe("a body", () => {
  test.each([
    ["beyond what API Gateway takes", maximumBodyBytes + 1],
    ["at what API Gateway takes, which is more than Lambda takes", maximumBodyBytes],
    ["a little beyond what Lambda takes", maximumPayloadBytes],
  ])("%s is answered 413 and changes nothing", async (_, bytes) => {
    const before = states.stored();
    const answer = await patch(padded(bytes)).catch(brokenOff);
    expect(answer.status, answer.text.slice(0, 300)).toBe(413);
    expect(faultOfRefusal(answer)).toBeUndefined();
    expect(states.stored()).toBe(before);
  });

  test("that is no text counts as what it grows to on its way to the function", async () => {
    const answer = await patch(Buffer.alloc(5 * 1024 * 1024, 0xff));
    expect(answer.status, answer.text.slice(0, 300)).toBe(413);
  });

  test("wrong in hundreds of thousands of places gets an answer a person can read", async () => {
    const SecurityGroupIds = Array.from({ length: 300_000 }, () => "");
    const answer = await patch(JSON.stringify({ NetworkConfiguration: { SecurityGroupIds } }));
    expect(answer.status).toBe(400);
    expect(faultOfRefusal(answer)).toBeUndefined();
  });

  test("with tens of thousands of keys that almost fit their pattern is refused within seconds", async () => {
    const keys = Array.from({ length: 30_000 }, (_, at) => [`${"a".repeat(58)}${String(at).padStart(5, "0")}!`, "x"]);
    const answer = await patch(JSON.stringify({ AirflowConfigurationOptions: Object.fromEntries(keys) }));
    expect(answer.status).toBe(400);
    expect(answer.milliseconds).toBeLessThan(3_000);
  });

  test("nested deeper than any code of ours recurses is refused", async () => {
    for (const depth of [66, 10_000, 100_000]) {
      const answer = await patch(`{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`);
      expect(answer.status).toBe(400);
      expect(faultOfRefusal(answer)).toBeUndefined();
    }
  });

  test("of the largest size that is taken is taken, and shown again", async () => {
    const options = Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`core.k${at}`, "v".repeat(65_536)]));
    const { Name: _, ...create } = { ...createRequest, AirflowConfigurationOptions: options };
    const line = "PUT /environments/large";
    const made = await api.ask({ line, who: "operator", headers: json, body: JSON.stringify(create) });
    expect(made.status, made.text).toBe(200);
    const shown = await api.ask({ line: "GET /environments/large", who: "operator" });
    expect(shown.status).toBe(200);
    expect(JSON.parse(shown.text).Environment.AirflowConfigurationOptions).toEqual(options);
  });
});

test("a path or a header beyond what a server reads is refused, and the next request on the port is answered", async () => {
  const long = await api.ask({ line: `GET /environments/${"a".repeat(40_000)}`, who: "choosy" }).catch(brokenOff);
  expect([0, 431]).toContain(long.status);
  expect((await api.ask({ line: "GET /environments/first", who: "choosy" })).status).toBe(200);
});

/** The door may end the connection while the client still sends: HTTP allows it, and the client sees no answer. */
function brokenOff(error: NodeJS.ErrnoException): ApiAnswer {
  if (!["ECONNRESET", "EPIPE"].includes(error.code ?? "")) throw error;
  return { status: 0, headers: {}, text: "", milliseconds: 0 };
}
