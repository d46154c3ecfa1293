// hangar exec: any AWS client against the region, with nothing of the caller's own AWS set-up mixed in.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { basename } from "node:path";
import { targetAs } from "../access-keys.ts";
import type { ApiTarget } from "../api-client.ts";
import { Failure } from "../failure.ts";

/** The environment for a client of the region: every inherited AWS variable is dropped, config files point nowhere. */
export function clientEnvironment(target: ApiTarget, inherited: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(inherited).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("AWS_"),
  );
  return {
    ...Object.fromEntries(kept),
    AWS_ENDPOINT_URL: target.url,
    AWS_REGION: target.region,
    AWS_DEFAULT_REGION: target.region,
    AWS_ACCESS_KEY_ID: target.key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: target.key.secretAccessKey,
    AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    NO_PROXY: [inherited["NO_PROXY"], "127.0.0.1", "localhost"].filter(Boolean).join(","),
  };
}

/**
 * The AWS CLI (version 1) sends `aws sqs` and a few more to AWS itself, whatever AWS_ENDPOINT_URL says: a table of old
 * certificate names in it comes first. Only --endpoint-url wins over that table.
 */
export function clientArguments(
  command: string,
  args: readonly string[],
  target: Pick<ApiTarget, "url">,
): readonly string[] {
  const given = args.some((argument) => argument === "--endpoint-url" || argument.startsWith("--endpoint-url="));
  return basename(command) === "aws" && !given ? ["--endpoint-url", target.url, ...args] : args;
}

/** Runs the command in the foreground; its exit code is ours. @param key whose key it gets; the operator's when absent */
export async function exec(
  home: string,
  [command, ...args]: readonly string[],
  { key }: { readonly key?: string } = {},
): Promise<void> {
  const target = targetAs(home, key);
  const environment = clientEnvironment(target, process.env);
  const child = spawn(command!, clientArguments(command!, args, target), { stdio: "inherit", env: environment });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => reject(notFound(command!, error)));
    child.on("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

function notFound(command: string, error: NodeJS.ErrnoException): Failure {
  if (error.code !== "ENOENT")
    return new Failure(`${command} could not be started`, { why: error.message, cause: error });
  const fix =
    command === "aws"
      ? "python3 -m venv ~/.awscli && ~/.awscli/bin/pip install awscli, then put ~/.awscli/bin on PATH"
      : `install ${command} or give its full path`;
  return new Failure(`there is no command named ${command}`, { why: "it is not on PATH", fix, exitCode: 127 });
}
