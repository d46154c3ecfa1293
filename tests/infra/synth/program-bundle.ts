// Bundles sst.config.ts and the stacks the way the sst command does, so that its globals (`sst`, `aws`, `$app`, …) mean
// the same here.
import { readFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import type { Platform } from "./platform.ts";

/** CommonJS packages inside an ES module still call `require`. */
export const requireBanner =
  "import { createRequire as createRequireOfBundle } from 'node:module';" +
  "const require = createRequireOfBundle(import.meta.url);";

/** Loaded from the platform at run time: bundling them would make a second copy of Pulumi's state. */
const external = [
  "@pulumi/*",
  "@pulumiverse/*",
  "@sst-provider/*",
  "@aws-sdk/*",
  "undici",
  "esbuild",
  "archiver",
  "glob",
  "vite",
];

export interface ProgramBundle {
  readonly code: string;
  readonly root: string;
  /** Must lie inside the platform, or the external packages are not found. */
  readonly outfile: string;
  /** Put before the bundle. */
  readonly banner?: string;
  /** Give every source file of the project SST's components and providers as globals. */
  readonly withGlobals: boolean;
  readonly define?: Readonly<Record<string, string>>;
}

/** Writes one bundle of TypeScript code that is given as text. @throws on a build error, with esbuild's message */
export async function bundleProgram(platform: Platform, program: ProgramBundle): Promise<void> {
  const globals = program.withGlobals ? globalImports(platform) : "";
  await build({
    stdin: { contents: program.code, resolveDir: program.root, sourcefile: "program.ts", loader: "ts" },
    outfile: program.outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
    nodePaths: [path.join(platform.folder, "node_modules")],
    banner: { js: requireBanner + (program.banner ?? "") },
    define: { ...program.define },
    inject: program.withGlobals ? [path.join(platform.folder, "src", "shim", "run.js")] : [],
    external,
    logLevel: "silent",
    plugins: [
      {
        name: "sst-globals",
        setup(plugin) {
          plugin.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
            const foreign = file.startsWith(platform.folder) || file.includes("node_modules");
            return foreign ? undefined : { contents: `${globals}\n${readFileSync(file, "utf8")}`, loader: "ts" };
          });
        },
      },
    ],
  });
}

function globalImports(platform: Platform): string {
  const providers = platform.providers.map((provider) => `import * as ${provider.alias} from "${provider.package}";`);
  const components = JSON.stringify(path.join(platform.folder, "src", "components"));
  return [...providers, `import * as sst from ${components};`].join("");
}
