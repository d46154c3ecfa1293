// Every error the control plane can answer, defined once: code, wire type, status, who must act (house rule 7).

interface ErrorRow {
  /** The service's exception; MWAA has no Conflict or Throttling shape (reference: MWAA API 1.2). */
  readonly type:
    | "ValidationException"
    | "ResourceNotFoundException"
    | "AccessDeniedException"
    | "RestApiClientException"
    | "RestApiServerException"
    | "InternalServerException"
    | "ServiceUnavailableException";
  readonly status: number;
  readonly retryable: boolean;
  readonly whoActs: "caller" | "operator" | "nobody";
}

const caller = { type: "ValidationException", status: 400, retryable: false, whoActs: "caller" } as const;

export const errorCatalogue = {
  InvalidRequest: caller,
  DuplicateEnvironment: caller,
  EnvironmentBusy: caller,
  EnvironmentUnusable: caller,
  VersionChangeRefused: caller,
  PendingChangeExists: caller,
  WindowNotDeferrable: caller,
  QuotaExceeded: caller,
  OperationNotCancellable: caller,
  OperationNotResumable: caller,
  UnknownAirflowVersion: caller,
  UnsupportedAirflowVersion: caller,
  UnknownEnvironmentClass: caller,
  WorkerLimits: caller,
  SourceBucketMissing: caller,
  SourceBucketNotVersioned: caller,
  SourceBucketPublic: caller,
  SourceBucketReserved: caller,
  SourceBucketClosed: caller,
  ExecutionRoleRefused: caller,
  UploadedFileUnfit: caller,
  EnvironmentNotFound: { ...caller, type: "ResourceNotFoundException", status: 404 },
  OperationNotFound: { ...caller, type: "ResourceNotFoundException", status: 404 },
  ReleaseNotFound: { ...caller, type: "ResourceNotFoundException", status: 404 },
  PendingChangeNotFound: { ...caller, type: "ResourceNotFoundException", status: 404 },
  UpgradeCheckNotFound: { ...caller, type: "ResourceNotFoundException", status: 404 },
  SnapshotNotFound: { ...caller, type: "ResourceNotFoundException", status: 404 },
  AccessDenied: { ...caller, type: "AccessDeniedException", status: 403 },
  AirflowRoleMissing: { ...caller, type: "AccessDeniedException", status: 403 },
  /** Airflow answered 4xx: its status and body are the answer (MWAA API: InvokeRestApi). */
  RestApiClient: { ...caller, type: "RestApiClientException" },
  /** Airflow answered 5xx, which MWAA wraps in a 400 all the same. */
  RestApiServer: { type: "RestApiServerException", status: 400, retryable: true, whoActs: "operator" },
  RouteNotFound: { ...caller, type: "ResourceNotFoundException", status: 404 },
  ConcurrentChange: {
    type: "ServiceUnavailableException",
    status: 503,
    retryable: true,
    whoActs: "nobody",
  },
  DependencyUnavailable: {
    type: "ServiceUnavailableException",
    status: 503,
    retryable: true,
    whoActs: "operator",
  },
  /** A service under the control plane had no room to write: its own error has this name, and a message for the caller. */
  StorageFull: { type: "InternalServerException", status: 500, retryable: true, whoActs: "operator" },
  Internal: { type: "InternalServerException", status: 500, retryable: true, whoActs: "operator" },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorCatalogue;

/**
 * An error of the catalogue. `message` is public: what happened, why, what to do. `detail` and `cause` stay in the log.
 * Compare `name` (the code), never `instanceof`: an error may cross a bundle.
 */
export class HangarError extends Error {
  override readonly name: ErrorCode;
  readonly detail: string | undefined;
  /** Members of the wire form beside the message, where the service's exception has some. */
  readonly members: Readonly<Record<string, unknown>> | undefined;
  constructor(
    code: ErrorCode,
    message: string,
    options: { detail?: string; cause?: unknown; members?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code;
    this.detail = options.detail;
    this.members = options.members;
  }
}

/** The catalogue row of a thrown value; anything unknown is `Internal`, with nothing of it shown. */
export function describeError(error: unknown): ErrorRow & {
  readonly code: ErrorCode;
  readonly message: string;
  readonly members?: Readonly<Record<string, unknown>>;
} {
  const name = error instanceof Error ? error.name : "";
  if (name in errorCatalogue) {
    const code = name as ErrorCode;
    const { message, members } = error as HangarError;
    return { ...errorCatalogue[code], code, message, ...(members ? { members } : {}) };
  }
  return {
    ...errorCatalogue.Internal,
    code: "Internal",
    message:
      "The service met an internal error. Try again; if it persists, look at the service's log for this request.",
  };
}
