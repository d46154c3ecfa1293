// What AWS does and a single machine never would by itself: how often each happens under unkind mode, and where AWS's own
// documentation says that it does. Often enough to be met in a story of minutes, which in AWS is met in weeks.

export interface Kind {
  /** One decision in so many strikes; 1: each. */
  readonly oneIn: number;
  /**
   * So many decisions about the same subject after a strike do not. Keeps what callers bear (an SDK's three attempts, a
   * service's three failed starts) from being used up by one of them.
   */
  readonly spared: number;
  /** The page of AWS's documentation that says so. */
  readonly page: string;
}

export const kinds = {
  /** A request is refused with the service's own throttling error, before anything of it is carried out. */
  "api-throttle": { oneIn: 40, spared: 3, page: "AWS SDKs and Tools Reference Guide: Retry behavior" },
  /** A message that was deleted is received once more. */
  "sqs-duplicate": { oneIn: 20, spared: 1, page: "Amazon SQS at-least-once delivery" },
  /** A message in flight is visible again before its time. */
  "sqs-visible-early": { oneIn: 40, spared: 3, page: "Amazon SQS visibility timeout" },
  /** A message can be received only some seconds after it was sent, and so after later ones. */
  "sqs-late": { oneIn: 8, spared: 0, page: "Amazon SQS standard queues: best-effort ordering" },
  /** The messages of one receive come in another order. */
  "sqs-reorder": { oneIn: 2, spared: 0, page: "Amazon SQS standard queues: best-effort ordering" },
  /** A short poll finds nothing although there is a message: it asks only some of the servers. A long poll asks all. */
  "sqs-empty-receive": { oneIn: 4, spared: 2, page: "Amazon SQS short and long polling" },
  /** An event reaches its target twice. */
  "event-duplicate": { oneIn: 8, spared: 0, page: "Amazon EventBridge: at-least-once event delivery" },
  /** An event is under way for some seconds, and later ones overtake it. */
  "event-late": { oneIn: 4, spared: 0, page: "Amazon S3 event notifications: event ordering and duplicate events" },
  /** A queue's batch, an event or a schedule calls its function twice. */
  "lambda-twice": { oneIn: 8, spared: 0, page: "AWS Lambda: handling errors for asynchronous invocation" },
  /** A call waits for a new execution environment. */
  "lambda-cold-start": { oneIn: 15, spared: 0, page: "AWS Lambda: execution environment lifecycle, cold starts" },
  /** A Task's function is refused before it starts. */
  "lambda-throttle": { oneIn: 10, spared: 3, page: "AWS Step Functions: transient Lambda service exceptions" },
  /** A task stands in PROVISIONING and PENDING for seconds, as Fargate's do for a minute. */
  "task-slow-start": { oneIn: 1, spared: 0, page: "Amazon ECS task lifecycle" },
  /** A service's task does not start; the service starts another. */
  "task-start-failure": { oneIn: 12, spared: 5, page: "Amazon ECS stopped task error messages" },
  /** DescribeServices and DescribeTasks tell what was true some seconds ago. */
  "ecs-old-description": { oneIn: 4, spared: 2, page: "Amazon ECS API Reference, RunTask: eventual consistency" },
  /** A read that did not ask for consistency tells what was true a second ago. */
  "dynamodb-old-read": { oneIn: 3, spared: 1, page: "Amazon DynamoDB read consistency" },
} as const satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof kinds;
