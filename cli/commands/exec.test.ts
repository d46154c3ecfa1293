import { describe, expect, it } from "vitest";
import { clientEnvironment } from "./exec.ts";

const target = {
  url: "http://127.0.0.1:4566",
  region: "eu-west-1",
  key: { accessKeyId: "AKIDREGION", secretAccessKey: "region-secret" },
};

describe("the environment of a client of the region", () => {
  it("has nothing of the caller's own AWS set-up: a forgotten profile must not reach a real account", () => {
    const inherited = {
      AWS_PROFILE: "production",
      AWS_SESSION_TOKEN: "real-token",
      AWS_ACCESS_KEY_ID: "AKIDREAL",
      AWS_SECRET_ACCESS_KEY: "real-secret",
      AWS_ENDPOINT_URL_S3: "https://s3.amazonaws.com",
      AWS_CA_BUNDLE: "/real.pem",
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/real",
      AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
      AWS_CONFIG_FILE: "/home/me/.aws/config",
    };
    expect(
      Object.entries(clientEnvironment(target, inherited))
        .filter(([name]) => name.startsWith("AWS_"))
        .toSorted(),
    ).toEqual([
      ["AWS_ACCESS_KEY_ID", "AKIDREGION"],
      ["AWS_CONFIG_FILE", "/dev/null"],
      ["AWS_DEFAULT_REGION", "eu-west-1"],
      ["AWS_DISABLE_HOST_PREFIX_INJECTION", "true"],
      ["AWS_EC2_METADATA_DISABLED", "true"],
      ["AWS_ENDPOINT_URL", "http://127.0.0.1:4566"],
      ["AWS_REGION", "eu-west-1"],
      ["AWS_SECRET_ACCESS_KEY", "region-secret"],
      ["AWS_SHARED_CREDENTIALS_FILE", "/dev/null"],
    ]);
  });

  it("keeps the rest, drops what is undefined, and lets no proxy between client and region", () => {
    const made = clientEnvironment(target, {
      PATH: "/bin",
      HOME: "/home/me",
      NOTHING: undefined,
      HTTPS_PROXY: "http://proxy",
      NO_PROXY: "intranet",
    });
    expect(made).toMatchObject({
      PATH: "/bin",
      HOME: "/home/me",
      HTTPS_PROXY: "http://proxy",
      NO_PROXY: "intranet,127.0.0.1,localhost",
    });
    expect(made).not.toHaveProperty("NOTHING");
    expect(clientEnvironment(target, {})["NO_PROXY"]).toBe("127.0.0.1,localhost");
  });
});
