// uv, the installer images are built with: taken from PyPI, at a pinned version, into a folder of its own.
import { join } from "node:path";
import { buildError } from "./build-errors.ts";
import { makeOnce } from "./make-once.ts";
import type { Python } from "./pythons.ts";
import { buildEnvironment, runCommand } from "./run-command.ts";

export interface Uv {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Makes uv ready; later calls find it there. A Python that has pip installs it into a plain folder, which takes seconds;
 * one with only venv makes a virtual environment (and with it pip) first, which takes a few more.
 * @param pythons of this machine; the first that can is used
 * @throws an Error that says what to install when no Python here has pip or venv, or that there is no network
 */
export async function prepareUv(
  folder: string,
  version: string,
  pythons: readonly Python[],
  onProgress: (line: string) => void,
): Promise<Uv> {
  const what = `uv ${version}, which builds the images,`;
  const python = pythons.find((one) => one.hasPip) ?? pythons.find((one) => one.hasVenv);
  if (!python) throw buildError(what, `${pythons.map((one) => one.path).join(", ")}: No module named pip`);
  const environment = buildEnvironment({ PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_ROOT_USER_ACTION: "ignore" });
  const run = async (program: string, args: readonly string[]) => {
    const result = await runCommand(program, args, { environment, timeoutSeconds: 600 });
    if (result.code !== 0) throw buildError(what, result.output);
  };
  const install = ["-m", "pip", "install", "--quiet", "--no-input", "--no-deps", "--no-compile", `uv==${version}`];
  const recipe = {
    name: `uv-${version}`,
    make: async (target: string) => {
      onProgress(`installing uv ${version}`);
      if (python.hasPip) return run(python.path, [...install, "--target", target]);
      await run(python.path, ["-m", "venv", target]);
      await run(join(target, "bin", "python"), install);
    },
  };
  const [root, asked] = await Promise.all([
    makeOnce(folder, recipe, onProgress),
    python.hasPip ? indexSettings(python.path, environment) : undefined, // else pip is part of what is made
  ]);
  return {
    program: join(root, "bin", "uv"),
    environment: buildEnvironment({
      UV_PYTHON_DOWNLOADS: "never",
      UV_NO_PROGRESS: "1",
      ...(asked ?? (await indexSettings(join(root, "bin", "python"), environment))),
    }),
  };
}

/**
 * pip's settings (mirror, certificates, local wheels) as uv's variables: uv does not read pip's files, and a machine
 * that reaches its packages through a mirror has usually told only pip.
 */
async function indexSettings(
  python: string,
  environment: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const listed = await runCommand(python, ["-m", "pip", "config", "list"], { environment, timeoutSeconds: 60 });
  return uvSettings(listed.code === 0 ? listed.output : "", environment);
}

/** Exported for its test. What the user told uv itself always wins. */
export function uvSettings(pipConfig: string, environment: Readonly<Record<string, string>>): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const line of pipConfig.split("\n")) {
    const { option, value } = /^[^.]*\.(?<option>[a-z_-]+)=(['"])(?<value>.*)\2$/.exec(line)?.groups ?? {};
    const name = option === undefined ? undefined : UV_NAMES[option.replaceAll("_", "-")];
    if (name && value && !name.some((known) => environment[known])) settings[name[0] as string] = value;
  }
  return settings;
}

/** pip option → uv's variable, then other variables that already say the same. */
const UV_NAMES: Readonly<Record<string, readonly string[]>> = {
  "index-url": ["UV_DEFAULT_INDEX", "UV_INDEX_URL"],
  "extra-index-url": ["UV_INDEX", "UV_EXTRA_INDEX_URL"],
  "find-links": ["UV_FIND_LINKS"],
  cert: ["SSL_CERT_FILE"],
};
