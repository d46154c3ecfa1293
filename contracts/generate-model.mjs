// Writes shared/domain/mwaa-model.generated.ts from the service model: shapes without documentation, so that the
// request rules have one source and a Lambda bundle does not carry 60 KB of prose. `--check` compares instead.
import { readFileSync, writeFileSync } from "node:fs";

const source = new URL("./mwaa-2020-07-01.service-2.json", import.meta.url);
const target = new URL("../shared/domain/mwaa-model.generated.ts", import.meta.url);
const model = JSON.parse(readFileSync(source, "utf8"));

const kept = ["type", "required", "members", "member", "key", "value", "min", "max", "pattern", "enum", "sensitive", "document"];
const shapes = {};
for (const [name, shape] of Object.entries(model.shapes)) {
  if (shape.exception || shape.error) continue;
  shapes[name] = strip(shape);
}

/** Keeps what a validator needs. `location` stays: a member in the path is not looked for in the body. */
function strip(shape) {
  const result = {};
  for (const key of kept) {
    if (!(key in shape)) continue;
    if (key === "members") {
      result.members = Object.fromEntries(
        Object.entries(shape.members).map(([name, { shape: target, location }]) => [
          name,
          location ? { shape: target, location } : { shape: target },
        ]),
      );
    } else if (["member", "key", "value"].includes(key)) result[key] = { shape: shape[key].shape };
    else result[key] = shape[key];
  }
  return result;
}

const text = `// Written by contracts/generate-model.mjs from contracts/mwaa-2020-07-01.service-2.json. Do not edit.
import type { ModelShape } from "./model-schema.ts";

export const mwaaShapes: Readonly<Record<string, ModelShape>> = ${JSON.stringify(shapes)};
`;

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("shared/domain/mwaa-model.generated.ts is stale: run npm run generate:model");
    process.exit(1);
  }
} else writeFileSync(target, text);
