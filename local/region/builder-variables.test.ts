import { expect, test } from "vitest";
import { builderVariables } from "./builder-variables.ts";

test("a builder fetches packages as this machine does, into the cache images use, and learns nothing else of it", () => {
  const installer = {
    HOME: "/home/someone",
    UV_DEFAULT_INDEX: "https://mirror.example/simple",
    SSL_CERT_FILE: "/etc/ca.pem",
    https_proxy: "http://proxy.example:3128",
    AWS_SECRET_ACCESS_KEY: "hunter2",
    PATH: "/usr/bin",
  };
  expect(builderVariables(installer)).toEqual({
    UV_CACHE_DIR: "/home/someone/.cache/uv",
    UV_DEFAULT_INDEX: "https://mirror.example/simple",
    SSL_CERT_FILE: "/etc/ca.pem",
    https_proxy: "http://proxy.example:3128",
  });
  expect(builderVariables({ ...installer, UV_CACHE_DIR: "/cache" })["UV_CACHE_DIR"]).toBe("/cache");
});
