// Bundles one Lambda handler with the settings the sst command uses, so that its size is the deployed one and a handler
// that is missing or does not compile fails the synth.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Bundle } from "./graph.ts";
import { requireBanner } from "./program-bundle.ts";

/** The `Runtime.Build` request of an SST function. */
export interface BuildRequest {
  readonly functionID: string;
  readonly handler: string;
  readonly properties?: {
    readonly minify?: boolean;
    readonly esbuild?: { readonly external?: readonly string[] };
  };
}

/** @param folder where the bundle goes; SST zips everything in it */
export async function bundleHandler(root: string, folder: string, request: BuildRequest): Promise<Bundle> {
  const minified = request.properties?.minify === true;
  const facts = { function: request.functionID, handler: request.handler, minified };
  const source = sourceFile(root, request.handler);
  if (!source) return { ...facts, bytes: 0, gzipBytes: 0, errors: [`Handler not found: ${request.handler}`] };
  mkdirSync(folder, { recursive: true });
  const outfile = path.join(folder, "bundle.mjs");
  try {
    const { metafile } = await build({
      entryPoints: [source],
      outfile,
      bundle: true,
      platform: "node",
      target: "es2024",
      format: "esm",
      mainFields: ["module", "main"],
      keepNames: true,
      minify: minified,
      external: ["sharp", "pg-native", ...(request.properties?.esbuild?.external ?? [])],
      banner: { js: requireBanner },
      logLevel: "silent",
      metafile: true,
    });
    // what is left out may be asked for on the way, not at the start: it is not in the package
    const missing = Object.values(metafile.outputs)
      .flatMap(({ imports }) => imports)
      .filter(({ kind, external, path: name }) => kind === "import-statement" && external && !isBuiltin(name));
    const names = new Set(missing.map((one) => one.path));
    if (names.size > 0) throw new Error(`it cannot start without ${[...names].join(", ")}, which are left out`);
  } catch (error) {
    return { ...facts, bytes: 0, gzipBytes: 0, errors: [error instanceof Error ? error.message : String(error)] };
  }
  const bytes = readFileSync(outfile);
  return { ...facts, bytes: bytes.length, gzipBytes: gzipSync(bytes).length, errors: [] };
}

/** `functions/api/get-environment.handler` → the TypeScript file before the exported name. */
function sourceFile(root: string, handler: string): string | undefined {
  const withoutExport = handler.slice(0, handler.lastIndexOf("."));
  return [".ts", ".mts", ".mjs", ".js"]
    .map((extension) => path.join(root, withoutExport + extension))
    .find((file) => existsSync(file));
}
