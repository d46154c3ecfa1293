// How a test says that S3 must refuse: by code and status, and with an intact error document.
import { expect } from "vitest";

/** Expects the call to be refused with this code (HEAD has no body, so its code is the status text) and status. */
export async function expectRefusal(call: Promise<unknown>, code: string, status: number): Promise<void> {
  const error = await call.then(
    () => {
      throw new Error(`Expected ${code}, but the call was answered.`);
    },
    (refusal: { name: string; $metadata?: { httpStatusCode?: number } }) => refusal,
  );
  expect({ code: error.name, status: error.$metadata?.httpStatusCode }).toEqual({ code, status });
}
