// Environments through the API, and waiting for them: by status, for as long as the operation goes on.
import { type ApiTarget, callApi } from "./api-client.ts";
import { exitCodes, Failure } from "./failure.ts";
import type { Maintenance } from "./maintenance.ts";
import { note } from "./print.ts";

export interface Environment {
  readonly Name: string;
  readonly Arn: string;
  readonly Status: string;
  readonly AirflowVersion: string;
  readonly EnvironmentClass: string;
  readonly WebserverUrl: string;
  readonly SourceBucketArn: string;
  readonly DagS3Path: string;
  readonly LastUpdate?: {
    readonly Status: string;
    readonly Error?: { readonly ErrorCode: string; readonly ErrorMessage: string };
  };
  readonly MinWorkers: number;
  readonly MaxWorkers: number;
  readonly Hangar?: {
    readonly EnvironmentId: string;
    readonly OperationId?: string;
    readonly Workers?: {
      readonly Wanted: number;
      readonly Draining: number;
      readonly ChangedAt?: number;
      readonly Reason?: string;
    };
    readonly Support?: Support;
    readonly Maintenance?: Maintenance;
    readonly Snapshots?: readonly {
      readonly Name: string;
      readonly AirflowVersion: string;
      readonly ExpiresAt: number;
    }[];
  };
}

/** How long its version is looked after. */
export interface Support {
  readonly State: string;
  /** Absent where nothing is to be said. */
  readonly Message?: string;
}

/** On stderr, so that what is printed stays what it is. */
export function noteSupport(support: Support | undefined): void {
  if (support?.Message) note(`  warning: ${support.Message}`);
}

export interface CreateOptions {
  readonly airflowVersion?: string;
  readonly environmentClass?: string;
  readonly bucket: string;
  readonly dagS3Path: string;
  readonly minWorkers?: number;
  readonly maxWorkers?: number;
  readonly airflowConfigurationOptions?: Readonly<Record<string, unknown>>;
  /** The snapshot its database is a copy of. */
  readonly fromSnapshot?: string;
  readonly pauseDags?: boolean;
}

const pathOf = (name: string) => `/environments/${encodeURIComponent(name)}`;

/** @returns undefined when there is none of that name */
export async function findEnvironment(target: ApiTarget, name: string): Promise<Environment | undefined> {
  try {
    return (await callApi<{ Environment: Environment }>(target, "GET", pathOf(name))).Environment;
  } catch (error) {
    if (error instanceof Failure && error.exitCode === exitCodes.notFound) return undefined;
    throw error;
  }
}

export async function listEnvironments(target: ApiTarget): Promise<readonly string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const query: string = token ? `?NextToken=${encodeURIComponent(token)}` : "";
    const page: { Environments: string[]; NextToken?: string } = await callApi(target, "GET", `/environments${query}`);
    names.push(...page.Environments);
    token = page.NextToken;
  } while (token);
  return names;
}

/** Network and role are taken as written on one machine; MWAA's API wants them, so they are filled in. */
export async function createEnvironment(
  target: ApiTarget & { accountId: string },
  name: string,
  options: CreateOptions,
): Promise<string> {
  const { fromSnapshot: snapshot } = options;
  const [method, path, more] =
    snapshot === undefined
      ? (["PUT", pathOf(name), {}] as const)
      : ([
          "POST",
          `/snapshots/${encodeURIComponent(snapshot)}/environments`,
          { Name: name, PauseDags: options.pauseDags },
        ] as const);
  const answer = await callApi<{ Arn: string }>(target, method, path, {
    ...more,
    SourceBucketArn: `arn:aws:s3:::${options.bucket}`,
    DagS3Path: options.dagS3Path,
    ExecutionRoleArn: `arn:aws:iam::${target.accountId}:role/hangar-execution`,
    NetworkConfiguration: { SubnetIds: ["subnet-one", "subnet-two"], SecurityGroupIds: ["sg-one"] },
    AirflowVersion: options.airflowVersion,
    EnvironmentClass: options.environmentClass,
    MinWorkers: options.minWorkers,
    MaxWorkers: options.maxWorkers,
    AirflowConfigurationOptions: options.airflowConfigurationOptions,
    WebserverAccessMode: "PUBLIC_ONLY",
  });
  return answer.Arn;
}

/** @throws Failure when there is none of that name */
export async function needEnvironment(target: ApiTarget, name: string): Promise<Environment> {
  const environment = await findEnvironment(target, name);
  if (environment) return environment;
  throw new Failure(`no environment is named ${name}`, { fix: "npx hangar env list", exitCode: exitCodes.notFound });
}

/** MWAA API: UpdateEnvironment. @returns the ARN */
export const updateEnvironment = async (target: ApiTarget, name: string, body: object): Promise<string> =>
  (await callApi<{ Arn: string }>(target, "PATCH", pathOf(name), body)).Arn;

/** @param keepSnapshot the database stays for a week as a snapshot */
export const deleteEnvironment = (target: ApiTarget, name: string, keepSnapshot: boolean): Promise<unknown> =>
  callApi(target, "DELETE", `${pathOf(name)}${keepSnapshot ? "" : "?SkipFinalSnapshot=true"}`);

const pollMilliseconds = 300;

/** Waits while the environment is in `busy`. @returns it, or undefined once it is gone */
export async function waitWhile(
  target: ApiTarget,
  name: string,
  busy: string,
  seen: (environment: Environment) => void = () => {},
): Promise<Environment | undefined> {
  for (;;) {
    const environment = await findEnvironment(target, name);
    if (!environment || environment.Status !== busy || environment.LastUpdate?.Status === "FAILED") return environment;
    seen(environment);
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}

/** What went wrong with an environment, from its record. */
export function environmentFailure(environment: Environment | undefined, name: string): Failure {
  const error = environment?.LastUpdate?.Error;
  return new Failure(`environment ${name} is ${environment?.Status ?? "gone"}`, {
    why: error ? `${error.ErrorCode}: ${error.ErrorMessage}` : "the record gives no reason",
    fix: `npx hangar env delete ${name}, then create it again`,
  });
}

/** A token that opens the environment's Airflow once, within a minute (MWAA API: CreateWebLoginToken). */
export async function webLogin(target: ApiTarget, name: string): Promise<{ url: string; token: string }> {
  const answer = await callApi<{ WebToken: string; WebServerHostname: string }>(
    target,
    "POST",
    `/webtoken/${encodeURIComponent(name)}`,
  );
  return { url: `http://${answer.WebServerHostname}`, token: answer.WebToken };
}

/** Where a browser is signed in: the token is in the fragment, so that no server's log has it. */
export const signInPage = ({ url, token }: { url: string; token: string }): string =>
  `${url}/aws_mwaa/aws-console-sso?login=true#${token}`;
