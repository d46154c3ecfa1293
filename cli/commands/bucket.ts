// hangar bucket: a source bucket's own settings, changed with its owner's keys. Hangar itself never writes to it.
import {
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { findEnvironment } from "../environments.ts";
import { exitCodes, Failure } from "../failure.ts";
import { note, result } from "../print.ts";
import { runningRegion, targetOf } from "../region-process.ts";

interface Options {
  readonly aws?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Has a bucket tell EventBridge of every change; all its other notifications stay. */
export async function enableEvents(home: string, name: string, options: Options): Promise<void> {
  if (!options.aws && runningRegion(home)) return notNeeded(home, name, options);
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  const client = new S3Client({
    region: AWS_REGION ?? AWS_DEFAULT_REGION ?? "us-east-1",
    followRegionRedirects: true,
    forcePathStyle: Boolean(AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL),
  });
  try {
    const before = await readSettings(client, name);
    const after = { ...before, EventBridgeConfiguration: {} };
    const isOn = before.EventBridgeConfiguration !== undefined;
    if (!isOn && !options.dryRun) await writeSettings(client, name, after);
    if (options.json) return result(JSON.stringify({ Bucket: name, Before: before, After: after }, null, 2));
    result(`before  ${JSON.stringify(before)}\nafter   ${JSON.stringify(after)}`);
    note(isOn ? "  it is on already: nothing was changed" : options.dryRun ? "  nothing was changed" : "  done");
  } finally {
    client.destroy();
  }
}

async function notNeeded(home: string, name: string, { json }: Options): Promise<void> {
  // names of buckets may have dots, those of environments may not
  const environment = name.includes(".") ? undefined : await findEnvironment(targetOf(home), name);
  const bucket = environment?.SourceBucketArn.split(":").at(-1) ?? name;
  if (json) return result(JSON.stringify({ Bucket: bucket, Needed: false }, null, 2));
  result(`not needed: on this machine every bucket, ${bucket} among them, tells of its changes by itself`);
  note(`  a bucket in AWS: npx hangar bucket enable-events ${bucket} --aws`);
}

async function readSettings(client: S3Client, bucket: string): Promise<NotificationConfiguration> {
  try {
    const answer = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }));
    const { $metadata: _, ...settings } = answer;
    return settings;
  } catch (error) {
    throw bucketFailure(error, bucket, "read");
  }
}

/** Destinations that are there already were tested when they were set: S3 need not send them a test event again. */
async function writeSettings(client: S3Client, bucket: string, settings: NotificationConfiguration): Promise<void> {
  try {
    await client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: bucket,
        NotificationConfiguration: settings,
        SkipDestinationValidation: true,
      }),
    );
  } catch (error) {
    throw bucketFailure(error, bucket, "changed");
  }
}

function bucketFailure(error: unknown, bucket: string, done: "read" | "changed"): Failure {
  const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
  const exitCode =
    name === "NoSuchBucket" ? exitCodes.notFound : name === "AccessDenied" ? exitCodes.denied : exitCodes.failed;
  const action = done === "read" ? "s3:GetBucketNotification" : "s3:PutBucketNotification";
  return new Failure(`the notification settings of ${bucket} could not be ${done}`, {
    why: `${name}: ${message}`,
    fix: name === "NoSuchBucket" ? "check the bucket's name" : `use the keys of somebody who may ${action} on it`,
    exitCode,
    cause: error,
  });
}
