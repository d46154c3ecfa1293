// What a caller may send, taken from the service model, with the issues worded as the service words them.
import * as z from "zod";
import { HangarError } from "./errors.ts";
import { schemaOf } from "./model-schema.ts";
import { type AirflowRole, airflowRoles } from "./items.ts";
import { mwaaShapes } from "./mwaa-model.generated.ts";

export type LogLevel = "CRITICAL" | "ERROR" | "WARNING" | "INFO" | "DEBUG";
export interface ModuleLogging {
  readonly Enabled: boolean;
  readonly LogLevel: LogLevel;
}
export const logModules = ["DagProcessingLogs", "SchedulerLogs", "TaskLogs", "WebserverLogs", "WorkerLogs"] as const;
export type LogModule = (typeof logModules)[number];

/** MWAA API: CreateEnvironment. `Name` comes from the path. */
export interface CreateEnvironmentRequest {
  readonly Name: string;
  readonly ExecutionRoleArn: string;
  readonly SourceBucketArn: string;
  readonly DagS3Path: string;
  readonly NetworkConfiguration: {
    readonly SubnetIds?: readonly string[];
    readonly SecurityGroupIds?: readonly string[];
  };
  readonly PluginsS3Path?: string;
  readonly PluginsS3ObjectVersion?: string;
  readonly RequirementsS3Path?: string;
  readonly RequirementsS3ObjectVersion?: string;
  readonly StartupScriptS3Path?: string;
  readonly StartupScriptS3ObjectVersion?: string;
  readonly AirflowConfigurationOptions?: Readonly<Record<string, string>>;
  readonly EnvironmentClass?: string;
  readonly MinWorkers?: number;
  readonly MaxWorkers?: number;
  readonly MinWebservers?: number;
  readonly MaxWebservers?: number;
  readonly Schedulers?: number;
  readonly AirflowVersion?: string;
  readonly LoggingConfiguration?: Readonly<Partial<Record<LogModule, ModuleLogging>>>;
  readonly WeeklyMaintenanceWindowStart?: string;
  readonly WebserverAccessMode?: "PRIVATE_ONLY" | "PUBLIC_ONLY" | "PUBLIC_AND_PRIVATE";
  readonly EndpointManagement?: "CUSTOMER" | "SERVICE";
  readonly KmsKey?: string;
  readonly Tags?: Readonly<Record<string, string>>;
}

/** The three files of an environment: as members of a request, and as names among the settings. */
export const uploadedFiles = [
  { member: "Plugins", setting: "plugins" },
  { member: "Requirements", setting: "requirements" },
  { member: "StartupScript", setting: "startupScript" },
] as const;

type UploadedMember = `${(typeof uploadedFiles)[number]["member"]}S3${"Path" | "ObjectVersion"}`;
export type WorkerReplacementStrategy = "FORCED" | "GRACEFUL";

/** MWAA API: UpdateEnvironment. Null clears a file or the options: an extension, MWAA cannot. */
export type UpdateEnvironmentRequest = { readonly Name: string } & Readonly<
  Partial<
    Omit<
      CreateEnvironmentRequest,
      | "Name"
      | "KmsKey"
      | "EndpointManagement"
      | "Tags"
      | "NetworkConfiguration"
      | "AirflowConfigurationOptions"
      | UploadedMember
    >
  >
> & {
    readonly [Member in UploadedMember]?: string | null;
  } & {
    readonly AirflowConfigurationOptions?: Readonly<Record<string, string>> | null;
    readonly NetworkConfiguration?: { readonly SecurityGroupIds: readonly string[] };
    readonly WorkerReplacementStrategy?: WorkerReplacementStrategy;
  };

export interface NamedRequest {
  readonly Name: string;
}

/** MWAA API: ListEnvironments. */
export interface PageRequest {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/**
 * The schema of an operation's input. Which members come from the query is kept beside it (`queryMembers`): one that
 * belongs into the body is not taken from there.
 */
function shape<Type>(name: string, nullable: readonly string[] = []): z.ZodType<Type> {
  const query = Object.entries(mwaaShapes[name]?.members ?? {}).filter(
    ([, { location }]) => location === "querystring",
  );
  return (schemaOf(mwaaShapes, name, nullable) as z.ZodType<Type>).meta({ query: query.map(([member]) => member) });
}

/** Names of the members a request may carry in its query. */
export const queryMembers = (schema: z.ZodType): readonly string[] =>
  (schema.meta()?.["query"] as readonly string[] | undefined) ?? [];

/** Names of the members that come from the path alone: IAM has judged the path and has not seen the body. */
export const pathMembers = (schema: z.ZodType): readonly string[] =>
  (schema.meta()?.["path"] as readonly string[] | undefined) ?? [];

/**
 * A page of a list: every list of ours has the bounds of MWAA's one. Query values arrive as text, so `MaxResults` is read
 * as a number before it is checked.
 * @param members of a list that has more, and which of them the query carries
 */
export function paged<Type>(members: z.ZodRawShape = {}, query: readonly string[] = []): z.ZodType<Type> {
  const page = shape<PageRequest>("ListEnvironmentsInput");
  const whole = (page as unknown as z.ZodObject).extend(members);
  return z
    .preprocess((input) => {
      const read = { ...((input ?? {}) as Record<string, unknown>) };
      if (typeof read["MaxResults"] === "string") read["MaxResults"] = Number(read["MaxResults"]);
      return read;
    }, whole)
    .meta({ query: [...queryMembers(page), ...query] }) as unknown as z.ZodType<Type>;
}

/**
 * The model lets anything follow a name in an ARN. What cannot be a name is no key either: the store refuses one of more
 * than 2048 bytes (DynamoDB API, "Quotas").
 */
function naming<Type extends { readonly ResourceArn: string }>(schema: z.ZodType<Type>): z.ZodType<Type> {
  const name = schemaOf(mwaaShapes, "EnvironmentName");
  return schema.refine(({ ResourceArn }) => name.safeParse(ResourceArn.split(":environment/")[1]).success, {
    path: ["ResourceArn"],
    error: `Member must end in the name of an environment: ${mwaaShapes["EnvironmentName"]?.pattern}`,
  });
}

export const CreateEnvironmentRequest = shape<CreateEnvironmentRequest>("CreateEnvironmentInput");
export const GetEnvironmentRequest = shape<NamedRequest>("GetEnvironmentInput");
export const DeleteEnvironmentRequest = shape<NamedRequest>("DeleteEnvironmentInput");

export interface TagsRequest {
  readonly ResourceArn: string;
  readonly Tags: Readonly<Record<string, string>>;
}
export interface UntagRequest {
  readonly ResourceArn: string;
  readonly tagKeys: readonly string[];
}
export const ListTagsRequest = naming(shape<Pick<TagsRequest, "ResourceArn">>("ListTagsForResourceInput"));
export const TagResourceRequest = naming(shape<TagsRequest>("TagResourceInput"));
/** Values of a repeated query name arrive joined by commas (payload format 2.0); no tag key has one. */
export const UntagResourceRequest = z
  .preprocess(
    (input) => {
      const read = { ...((input ?? {}) as Record<string, unknown>) };
      if (typeof read["tagKeys"] === "string") read["tagKeys"] = read["tagKeys"].split(",").filter((key) => key !== "");
      return read;
    },
    naming(shape<UntagRequest>("UntagResourceInput")),
  )
  .meta({ query: ["tagKeys"] }) as z.ZodType<UntagRequest>;

export interface RestApiRequest {
  readonly Name: string;
  readonly Path: string;
  readonly Method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  readonly QueryParameters?: unknown;
  readonly Body?: unknown;
}
/** The role a path names (`…/roles/{Role}`): an extension. */
interface WithRole {
  readonly Role?: AirflowRole;
}
const role = {
  Role: z.enum(airflowRoles, { error: `Member must satisfy enum value set: [${airflowRoles.join(", ")}]` }).optional(),
};
const withRole = <Type>(schema: z.ZodType<Type>): z.ZodType<Type & WithRole> =>
  (schema as unknown as z.ZodObject).extend(role).meta({ path: ["Role"] }) as unknown as z.ZodType<Type & WithRole>;

export type WebTokenRequest = NamedRequest & WithRole;
export type InvokeRestApiRequest = RestApiRequest & WithRole;
export const CreateCliTokenRequest = shape<NamedRequest>("CreateCliTokenRequest");
export const CreateWebLoginTokenRequest = withRole(shape<NamedRequest>("CreateWebLoginTokenRequest"));
export const InvokeRestApiRequest = withRole(shape<RestApiRequest>("InvokeRestApiRequest"));
export const PublishMetricsRequest = shape<{ readonly EnvironmentName: string }>("PublishMetricsInput");

const clearable = [
  "AirflowConfigurationOptions",
  ...uploadedFiles.flatMap(({ member }) => [`${member}S3Path`, `${member}S3ObjectVersion`]),
];

export const UpdateEnvironmentRequest = z
  .unknown()
  .superRefine(refuseCreateOnly)
  .pipe(shape<UpdateEnvironmentRequest>("UpdateEnvironmentInput", clearable)) as z.ZodType<UpdateEnvironmentRequest>;

/** What a create decides for good is refused, not dropped: a caller who sends it believes that it changes something. */
function refuseCreateOnly(input: unknown, context: z.RefinementCtx): void {
  const request = (input ?? {}) as Record<string, unknown>;
  const network = (request["NetworkConfiguration"] ?? {}) as Record<string, unknown>;
  const sent: string[][] = ["KmsKey", "EndpointManagement", "Tags"]
    .filter((name) => name in request)
    .map((name) => [name]);
  if (typeof network === "object" && "SubnetIds" in network) sent.push(["NetworkConfiguration", "SubnetIds"]);
  for (const path of sent) {
    const instead = path[0] === "Tags" ? "; use TagResource" : "";
    context.addIssue({
      code: "custom",
      path,
      message: `Member can only be set when the environment is created${instead}`,
    });
  }
}

const sensitiveMembers = new Set(["AirflowConfigurationOptions"]);

/**
 * Checks a request against its schema.
 * @throws InvalidRequest listing the faults at once, in the service's words; sensitive values are never echoed.
 */
export function parseRequest<Type>(schema: z.ZodType<Type>, input: unknown): Type {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const { issues } = result.error;
  const faults = issues.slice(0, mostFaultsTold).map((issue) => {
    const path = issue.path.map(String);
    const where = path.length ? path.map((part, index) => (index ? part : lowerFirst(part))).join(".") : "body";
    const value = sensitiveMembers.has(path[0] ?? "") ? undefined : valueAt(input, path);
    const shown = value === undefined ? "Value" : `Value '${short(value)}'`;
    return `${shown} at '${short(where)}' failed to satisfy constraint: ${issue.message}`;
  });
  const count = `${issues.length} validation error${issues.length === 1 ? "" : "s"} detected`;
  throw new HangarError("InvalidRequest", `${count}: ${faults.join("; ")}`);
}

/** A body of megabytes can be wrong in a million places; the answer must stay readable, and within Lambda's 6 MB. */
const mostFaultsTold = 30;

const lowerFirst = (word: string) => word.charAt(0).toLowerCase() + word.slice(1);

function valueAt(input: unknown, path: readonly string[]): unknown {
  let value = input;
  for (const part of path) value = (value as Record<string, unknown> | null | undefined)?.[part];
  return value;
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
