// The task of an upgrade check in memory: what `hangar-agent check-upgrade` leaves in the control bucket.
import type { TaskSpec } from "../domain/service-specs.ts";
import { checkRequestKey, checkResultKey } from "../domain/upgrade-check-item.ts";
import type { UpgradeCheckResult } from "../domain/upgrade-check-result.ts";
import { conflictText, unbuildable } from "./memory-builder.ts";
import type { MemoryControlBucket } from "./memory-control-bucket.ts";
import type { MemoryDatabaseCopies } from "./memory-database-copies.ts";
import { canaryDag } from "./memory-upgrade-tasks.ts";

/** A DAG file with this word in it does not import under any other version. */
export const unimportable = "no_such_module";

interface Request {
  readonly id: string;
  readonly airflowVersion: string;
  readonly release: { readonly manifest: string } | null;
  readonly requirements: { readonly sha256: string } | null;
}

/** Each `.py` file makes one DAG, called as the file. Nothing where no request lies: the environment is gone. */
export function tryInMemory(
  spec: TaskSpec,
  bucket: MemoryControlBucket,
  copies: MemoryDatabaseCopies,
  now: number,
): void {
  const prefix = spec.environment["HANGAR_CONTROL_PREFIX"]!;
  const textOf = (key: string) => {
    const body = bucket.objects.get(`${prefix}${key}`)?.body;
    return body === undefined ? undefined : typeof body === "string" ? body : new TextDecoder().decode(body);
  };
  const text = textOf(checkRequestKey(spec.environment["HANGAR_CHECK_ID"]!));
  if (text === undefined) return;
  const request = JSON.parse(text) as Request;
  const manifest = request.release && textOf(request.release.manifest);
  const files = manifest ? (JSON.parse(manifest) as { files: { path: string; sha256: string }[] }).files : [];
  const conflict = request.requirements && textOf(`blobs/${request.requirements.sha256}`)?.includes(unbuildable);
  const database = spec.environment["HANGAR_METADATA_DATABASE"];
  const contents = database === undefined ? undefined : copies.contents(database);
  const result: UpgradeCheckResult = {
    ...{ schema: 1, id: request.id, airflowVersion: request.airflowVersion, at: now / 1000, complete: true },
    packages: conflict ? null : [],
    warnings: [],
    failed: conflict ? { part: "requirements", message: conflictText, detail: "", transient: false } : null,
    files: conflict
      ? null
      : Object.fromEntries(files.flatMap(({ path, sha256 }) => tried(path, textOf(`blobs/${sha256}`)))),
    ...{ importsProblem: null, rules: [], rulesProblem: null },
    activeDags: contents
      ? Object.fromEntries([...contents.dags.keys()].filter((id) => id !== canaryDag).map((id) => [id, `${id}.py`]))
      : null,
    migration:
      contents?.migration.state === "done"
        ? { seconds: contents.migration.seconds, head: ["a", "b"], rows: { dag_run: 3 }, secrets: 2, lost_callbacks: 0 }
        : null,
    seconds: { packages: 1, imports: 2 },
  };
  void bucket.putLayerText(prefix, checkResultKey(request.id), JSON.stringify(result));
}

type Tried = NonNullable<UpgradeCheckResult["files"]>[string];

function tried(path: string, body: string | undefined): readonly (readonly [string, Tried])[] {
  if (!path.endsWith(".py")) return [];
  const message = `ModuleNotFoundError: No module named '${unimportable}'`;
  const error = body?.includes(unimportable)
    ? { ...{ message, line: 1, in: path, traceback: "" }, ...{ missing: null, unanswered: false } }
    : null;
  return [[path, { dagIds: error ? [] : [path.replace(/^.*\/|\.py$/g, "")], error }]];
}
