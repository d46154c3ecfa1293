// node tests/infra/synth/main.ts --stage test [--root <folder>]
// Evaluates sst.config.ts with the real SST components under a simulated engine and prints the resource graph as JSON.
// No account, no network. Exit code 1 when anything went wrong, the graph's `errors` then say what.
import nodeCrypto from "node:crypto";
import { mkdtempSync, rmSync, writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { openControlChannel } from "./control-channel.ts";
import type { Graph } from "./graph.ts";
import { loadPlatform } from "./platform.ts";
import { bundleProgram } from "./program-bundle.ts";
import { plain, startRecorder } from "./recorder.ts";
import { region } from "./resource-arns.ts";

const project = path.resolve(import.meta.dirname, "..", "..", "..");
const { values } = parseArgs({
  options: { stage: { type: "string", default: "test" }, root: { type: "string", default: project } },
});
const stage = values.stage;
const root = path.resolve(values.root);

playDeployment();
const platform = loadPlatform(project);
const recorder = startRecorder(platform);
const work = mkdtempSync(path.join(tmpdir(), "hangar-synth-"));
// The platform's packages are only found from inside it.
const programFile = path.join(platform.folder, `synth-${process.pid}.mjs`);
const settingsFile = path.join(platform.folder, `synth-settings-${process.pid}.mjs`);
const errors: string[] = [];
let outputs: unknown = {};
let app: Graph["app"] = { name: "", stage, removal: "retain", protect: false };
let settled = false;
const channel = await openControlChannel(root, work);
process.env["SST_SERVER"] = channel.url;
// Like Pulumi's own host, the program is over when the event loop is empty, not when run() resolves: outputs resolve
// later, and an error thrown in one of them must not be lost.
process.on("unhandledRejection", (error) => errors.push(describe(error)));
process.on("uncaughtException", (error) => errors.push(describe(error)));
process.once("beforeExit", finish);

try {
  app = await appSettings();
  await bundleProgram(platform, {
    code: [
      `import { run } from ${JSON.stringify(path.join(platform.folder, "src", "auto", "run.ts"))};`,
      `import config from ${JSON.stringify(path.join(root, "sst.config.ts"))};`,
      "export default () => run(config.run);",
    ].join("\n"),
    root,
    outfile: programFile,
    withGlobals: true,
    define: {
      $app: JSON.stringify(app),
      $cli: JSON.stringify({
        command: "deploy",
        dev: false,
        paths: { home: work, root, work, platform: platform.folder },
        state: { version: {} },
      }),
      $dev: "false",
    },
  });
  await platform.pulumi.runtime.setMocks(recorder.mocks, app.name, stage, false, "organization");
  const program = (await import(pathToFileURL(programFile).href)) as { default: () => Promise<unknown> };
  outputs = await platform.pulumi.runtime.runInPulumiStack(program.default);
  settled = true;
} catch (error) {
  errors.push(describe(error));
}

/** Credentials, region and deployment settings of the simulated account, and no chance: two synths are identical. */
function playDeployment(): void {
  nodeCrypto.randomBytes = ((size: number) => Buffer.alloc(size)) as typeof nodeCrypto.randomBytes;
  syncBuiltinESMExports();
  for (const name of Object.keys(process.env)) if (/^(AWS|SST|HANGAR)_/.test(name)) delete process.env[name];
  Object.assign(process.env, {
    AWS_REGION: region,
    SST_AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "simulated",
    AWS_SECRET_ACCESS_KEY: "simulated",
    HANGAR_WEB_DOMAIN: "airflow.example.com",
    HANGAR_AIRFLOW_VERSIONS: "2.10.3,3.3.1=3.3.1-b2",
  });
}

/** Evaluates `app()` of the configuration and completes it as the sst command does. */
async function appSettings(): Promise<Graph["app"]> {
  await bundleProgram(platform, {
    code: `import config from ${JSON.stringify(path.join(root, "sst.config.ts"))}; export default config;`,
    root,
    outfile: settingsFile,
    banner: "globalThis.$config = (config) => config;",
    withGlobals: false,
  });
  const { default: config } = await import(pathToFileURL(settingsFile).href);
  const settings = await config.app({ stage });
  const aws = settings.providers?.aws ?? {};
  const tags = { "sst:app": settings.name, "sst:stage": stage, ...aws.defaultTags?.tags };
  const providers = { ...settings.providers, aws: { ...aws, defaultTags: { tags } } };
  return { removal: "retain", protect: false, ...settings, stage, providers };
}

function finish(): void {
  for (const file of [programFile, settingsFile]) rmSync(file, { force: true });
  rmSync(work, { recursive: true, force: true });
  if (!settled && errors.length === 0) errors.push("The program never settled: an output it waits for has no value.");
  const graph: Graph = {
    app,
    outputs: plain(outputs) as Record<string, unknown>,
    errors: [...new Set(errors)],
    bundles: channel.bundles.toSorted((one, other) => one.function.localeCompare(other.function)),
    invokes: [...recorder.invokes].toSorted(),
    resources: recorder.resources.toSorted((one, other) => (one.urn < other.urn ? -1 : 1)),
  };
  print(`${JSON.stringify(graph, null, 1)}\n`);
  process.exitCode = errors.length > 0 ? 1 : 0;
}

/** All of it, although a pipe takes a part at a time: the event loop is over, so nothing may be left for later. */
function print(text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
