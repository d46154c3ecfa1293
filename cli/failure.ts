// What went wrong, in three parts: what, why, fix (the fix is a line that can be pasted). And the exit codes.

export const exitCodes = {
  failed: 1,
  usage: 2,
  denied: 3,
  notFound: 4,
  busy: 5,
  timedOut: 7,
  interrupted: 130,
} as const;

export class Failure extends Error {
  override readonly name = "Failure";
  readonly why: string | undefined;
  readonly fix: string | undefined;
  readonly exitCode: number;
  readonly code: string;
  /** The whole error answer of the service, where there was one. */
  readonly answer: Readonly<Record<string, unknown>> | undefined;
  constructor(
    what: string,
    options: {
      why?: string;
      fix?: string;
      exitCode?: number;
      code?: string;
      answer?: Readonly<Record<string, unknown>>;
      cause?: unknown;
    } = {},
  ) {
    super(what, options.cause === undefined ? undefined : { cause: options.cause });
    this.why = options.why;
    this.fix = options.fix;
    this.exitCode = options.exitCode ?? exitCodes.failed;
    this.code = options.code ?? "Failure";
    this.answer = options.answer;
  }
}

/** Any thrown value as a Failure; an unexpected one keeps its message and points to the log. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(message || "something failed without a message", { cause: error });
}

/** The text for stderr. */
export function failureText(failure: Failure): string {
  const lines = [`error: ${failure.message}`];
  if (failure.why) lines.push(`  why: ${failure.why}`);
  if (failure.fix) lines.push(`  fix: ${failure.fix}`);
  return lines.join("\n");
}
