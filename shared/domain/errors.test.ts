import { describe, expect, it } from "vitest";
import { describeError, errorCatalogue, HangarError } from "./errors.ts";

describe("the error catalogue", () => {
  // MWAA API reference 1.2
  const statusOf = {
    ValidationException: 400,
    ResourceNotFoundException: 404,
    AccessDeniedException: 403,
    RestApiClientException: 400,
    RestApiServerException: 400,
    InternalServerException: 500,
    ServiceUnavailableException: 503,
  };

  it.each(Object.entries(errorCatalogue))(
    "%s goes out as one of the service's exceptions with that exception's status",
    (_, row) => {
      expect(row.status).toBe(statusOf[row.type]);
    },
  );

  it.each(Object.entries(errorCatalogue))("%s: what the caller must correct is not retried", (_, row) => {
    expect(row.retryable).toBe(row.whoActs !== "caller");
  });
});

describe("a thrown value", () => {
  it("of the catalogue keeps its public message and hides its detail and cause", () => {
    const error = new HangarError("EnvironmentBusy", "Wait.", { detail: "row 7", cause: new Error("secret") });
    const described = describeError(error);
    expect(described).toMatchObject({
      code: "EnvironmentBusy",
      type: "ValidationException",
      status: 400,
      message: "Wait.",
    });
    expect(JSON.stringify(described)).not.toMatch(/row 7|secret/);
  });

  it("is known by its name, so that an error of another bundle is the same error", () => {
    const foreign = Object.assign(new Error("Try again."), { name: "ConcurrentChange" });
    expect(describeError(foreign)).toMatchObject({ code: "ConcurrentChange", status: 503, message: "Try again." });
  });

  it.each([new TypeError("x is undefined at /secret/path"), "text", null, { name: "EnvironmentBusy" }, undefined])(
    "that is unknown is a 500 with nothing of it inside",
    (value) => {
      const described = describeError(value);
      expect(described).toMatchObject({ code: "Internal", type: "InternalServerException", status: 500 });
      expect(described.message).not.toMatch(/secret|undefined/);
    },
  );
});
