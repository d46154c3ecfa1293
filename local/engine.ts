// What every engine of the one-machine region is: one AWS service behind the front door. No Hangar logic lives here.
import type { Unkind } from "./unkind/unkind.ts";

/** Who signed the request, as the front door found out. Engines that name a principal (STS, S3 owner) use it. */
export interface Caller {
  readonly accountId: string;
  readonly accessKeyId: string;
  /** e.g. `arn:aws:iam::000000000000:user/operator` */
  readonly arn: string;
}

/** One verified request. Headers are lower-case; `rawPath` is as sent (still percent-encoded), without the query. */
export interface ServiceRequest {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly caller: Caller;
  /** The origin the client dialled, e.g. `http://127.0.0.1:4566`: queue URLs must carry it. */
  readonly endpoint: string;
  readonly requestId: string;
  /** Aborts when the client hangs up: a long poll must not hand a message to nobody. */
  readonly hungUp: AbortSignal;
}

export interface ServiceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** One service. `handle` never throws for a client's mistake: it answers with the service's own error. */
export interface Engine {
  /** SigV4 credential-scope names that reach this engine, e.g. `["sqs"]`. */
  readonly signingNames: readonly string[];
  handle(request: ServiceRequest): Promise<ServiceResponse>;
  /** Stops timers and closes files. Detached tasks go on. */
  close(): Promise<void>;
}

/** What an engine is given. Time and folder are arguments so that tests need no sleeping and no shared state. */
export interface EngineContext {
  /** Private, existing folder of this engine (mode 0700). */
  readonly folder: string;
  readonly region: string;
  readonly accountId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Asked when to be as unkind as AWS is now and then; without it an engine never is. */
  readonly unkind?: Unkind;
}

/** An event on the default bus, in EventBridge's own shape (`detail` is an object, not text). */
export interface BusEvent {
  readonly id: string;
  readonly source: string;
  readonly "detail-type": string;
  readonly time: string;
  readonly region: string;
  readonly account: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}
