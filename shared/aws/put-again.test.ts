import { expect, it } from "vitest";
import { putAgain } from "./put-again.ts";

const refusal = (httpStatusCode?: number) =>
  Object.assign(new Error(`status ${httpStatusCode}`), { $metadata: { httpStatusCode } });

/** Refuses like this, one after the other, and takes what comes then. */
function sending(...refusals: unknown[]) {
  const pauses: number[] = [];
  let sent = 0;
  const send = async () => {
    const refused = refusals[sent++];
    if (refused !== undefined) throw refused;
  };
  return { send, pause: async (milliseconds: number) => void pauses.push(milliseconds), pauses, sent: () => sent };
}

it("a body S3 refused in passing is opened and sent again, later each time", async () => {
  const { send, pause, pauses, sent } = sending(refusal(503), refusal(409));
  await putAgain(send, pause);
  expect(sent()).toBe(3);
  expect(pauses).toEqual([200, 400]);
});

it("three refusals are enough", async () => {
  const { send, pause, sent } = sending(refusal(503), refusal(503), refusal(503));
  await expect(putAgain(send, pause)).rejects.toThrow("status 503");
  expect(sent()).toBe(3);
});

it.each([refusal(400), refusal(412), new Error("the source broke off")])("%s is final", async (error) => {
  const { send, pause, sent } = sending(error);
  await expect(putAgain(send, pause)).rejects.toBe(error);
  expect(sent()).toBe(1);
});
