// The real command, in a process of its own, against a stub of the API that refuses what comes too fast.
import { expect, it } from "vitest";
import { stubRegionOfFile } from "../testing/stub-region.ts";

const region = await stubRegionOfFile();
const headers = { "x-amzn-errortype": "TooManyRequestsException" };
const refusal = { status: 429, headers, body: { message: "Too Many Requests" } };

it("a request refused for coming too fast is made again, and its answer is as if it had not been", async () => {
  let refusals = 3;
  region.serve({ "GET /environments": () => (refusals-- > 0 ? refusal : { body: { Environments: [] } }) });
  const ended = await region.hangar(["env", "list"]);
  expect(ended.code).toBe(0);
  expect(region.asked).toHaveLength(4);
});

it("after the fifth refusal in a row the service's own words are shown", async () => {
  region.serve({ "GET /environments": () => refusal });
  const ended = await region.hangar(["env", "list"]);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/error: Too Many Requests\n {2}why: TooManyRequestsException/);
  expect(region.asked).toHaveLength(5);
});
