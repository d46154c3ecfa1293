// What this folder reads of functions/wiring.ts and triggers.ts, declared here so that the engines know nothing of Hangar's own names.

export interface WiredFunction {
  /** Path from the project's root and exported name: `functions/api/get-environment.handler`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
}

export interface WiredQueue {
  readonly name: string;
  readonly consumer: {
    readonly function: string;
    readonly batchSize: number;
    /** Fractions are allowed, unlike in AWS, so that a change shows quickly on one machine. */
    readonly batchWindowSeconds: number;
  };
}

/** What a function answered, as Lambda tells its callers. */
export type InvokeResult =
  | { readonly payload: unknown }
  | { readonly errorType: string; readonly errorMessage: string; readonly trace?: readonly string[] };

/** Request and response of a synchronous invocation, in bytes: Lambda's quota. */
export const maximumPayloadBytes = 6 * 1024 * 1024;
