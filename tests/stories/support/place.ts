// Where several stories happen: one region with one environment of the newest Airflow, whose start they share.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { callApi } from "../../../cli/api-client.ts";
import type { Environment } from "../../../cli/environments.ts";
import { targetOf } from "../../../cli/region-process.ts";
import { freshHome, type Home } from "./hangar.ts";

export interface Place {
  readonly home: Home;
  /** A folder for files of the test's own; goes with the place. */
  readonly scratch: string;
  /** A request of Hangar's extensions, signed by the operator. */
  call<Output>(method: string, path: string, body?: unknown): Promise<Output>;
  /** GetEnvironment, Hangar's own members too. */
  environment(name: string): Promise<Environment>;
  /** Puts a file into the DAG folder of an environment that `hangar env create` made. */
  upload(environment: string, name: string, text: string): Promise<void>;
  /** A key of a user of that name, with a policy by its name or a document. */
  key(name: string, policy: string | object): Promise<void>;
  discard(): Promise<void>;
}

/**
 * A place on a fresh home; nothing runs yet.
 * @param start "cold" has images of its own to build; any other takes those of `HANGAR_STORY_IMAGES` where that names a folder,
 *   and adds to them. A run of all stories has one for all
 */
export function freshPlace(start?: "cold"): Place {
  const home = freshHome();
  const images = start === "cold" ? undefined : process.env["HANGAR_STORY_IMAGES"];
  if (images) {
    mkdirSync(images, { recursive: true, mode: 0o700 });
    symlinkSync(resolve(images), join(home.folder, "images"));
  }
  const scratch = mkdtempSync(join(tmpdir(), "hangar-files-"));
  const written = (name: string, text: string): string => {
    writeFileSync(join(scratch, name), text);
    return join(scratch, name);
  };
  const call = <Output>(method: string, path: string, body?: unknown) =>
    callApi<Output>(targetOf(home.folder), method, path, body);
  return {
    home,
    scratch,
    call,
    async environment(name) {
      return (await call<{ Environment: Environment }>("GET", `/environments/${name}`)).Environment;
    },
    async upload(environment, name, text) {
      await home.ok("exec", "--", "aws", "s3", "cp", written(name, text), `s3://hangar-${environment}/dags/${name}`);
    },
    async key(name, policy) {
      const named = typeof policy === "string" ? policy : written(`${name}.json`, JSON.stringify(policy));
      await home.ok("auth", "keys", "create", "--name", name, "--policy", named, "--json");
    },
    async discard() {
      await home.discard();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
