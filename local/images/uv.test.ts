import { expect, it } from "vitest";
import { buildError } from "./build-errors.ts";
import { prepareUv, uvSettings } from "./uv.ts";

it("tells uv of the mirror and certificates that only pip was told", () => {
  const config = "global.index-url='https://mirror.example/simple'\n:env:.cert='/etc/ca.pem'\nglobal.timeout='60'\n";
  expect(uvSettings(config, {})).toEqual({
    UV_DEFAULT_INDEX: "https://mirror.example/simple",
    SSL_CERT_FILE: "/etc/ca.pem",
  });
});

it("leaves alone what the user told uv itself", () => {
  expect(
    uvSettings("global.index-url='https://mirror.example/simple'", { UV_INDEX_URL: "https://other.example" }),
  ).toEqual({});
});

it("says what to install on a machine whose Python has neither pip nor venv", async () => {
  const bare = { version: "3.11.2", path: "/usr/bin/python3", hasPip: false, hasVenv: false };
  await expect(prepareUv("/nowhere", "0.0.0", [bare], () => undefined)).rejects.toThrow("apt install python3-venv");
});

it.each([
  ["WARNING: Retrying after connection broken by NewConnectionError", "no package index could be reached"],
  ["OSError: [Errno 28] No space left on device", "the disk is full"],
  ["invalid peer certificate: UnknownIssuer", "certificate is not trusted"],
  ["failed to create directory: Permission denied (os error 13)", "may not be written to"],
])("explains %s", (output, said) => {
  const error = buildError("Airflow 3.3.1", output);
  expect(error.message).toContain(said);
  expect(error.message).toContain(output);
});
