// What a task that builds a layer is told of this machine: where packages come from and where they are cached, as the builder
// of images was told. Tasks that run DAGs are told nothing of it.
import { homedir } from "node:os";
import { join } from "node:path";

const concernsPackages = /^(UV_|PIP_|SSL_CERT_|REQUESTS_CA_BUNDLE$|CURL_CA_BUNDLE$|https?_proxy$|all_proxy$)/i;

/** @param installer the environment images are built in */
export function builderVariables(installer: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(installer).filter(([name]) => concernsPackages.test(name));
  const cache = join(installer["XDG_CACHE_HOME"] || join(installer["HOME"] || homedir(), ".cache"), "uv");
  return { UV_CACHE_DIR: cache, ...Object.fromEntries(kept) };
}
