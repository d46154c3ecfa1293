// Writes to every durable service of a region until it refuses one, and looks later whether the acknowledged are there.
import type { Commands } from "./hangar.ts";

export type Service = "s3" | "sqs" | "secretsmanager" | "dynamodb";

export interface Written {
  readonly service: Service;
  /** Names of what was acknowledged. */
  readonly acknowledged: readonly string[];
  /** The service's own words, or null when it took everything. */
  readonly refusal: string | null;
}

/** The bucket and the queue the writes go to; the table is the region's own. */
export const makePlaces = (home: Commands): Promise<unknown> =>
  home.boto3(`${services}
s3.create_bucket(Bucket="written")
sqs.create_queue(QueueName="written")
print("{}")`);

/** Writes of about 50 kB to the services in turn, to each until its first refusal. @param most for each service */
export const writeUntilRefused = (
  home: Commands,
  wanted: readonly Service[],
  most = 400,
): Promise<readonly Written[]> =>
  home.boto3(`${services}
import uuid
body = "x" * 50000
url = sqs.get_queue_url(QueueName="written")["QueueUrl"]
writes = {
    "s3": lambda name: s3.put_object(Bucket="written", Key=name, Body=body.encode()),
    "dynamodb": lambda name: dynamodb.put_item(TableName="hangar", Item={"pk": {"S": name}, "sk": {"S": name}, "body": {"S": body}}),
    "sqs": lambda name: sqs.send_message(QueueUrl=url, MessageBody=name + body),
    "secretsmanager": lambda name: secrets.create_secret(Name=name, SecretString=body),
}
seen = {service: {"service": service, "acknowledged": [], "refusal": None} for service in ${JSON.stringify(wanted)}}
for number in range(${most}):
    for service in seen:
        if seen[service]["refusal"]: continue
        name = f"written-{uuid.uuid4()}"
        try:
            writes[service](name)
            seen[service]["acknowledged"].append(name)
        except Exception as error: seen[service]["refusal"] = f"{type(error).__name__}: {error}"
print(json.dumps(list(seen.values())))`);

/** What of the acknowledged is not there any more, as `service name`. */
export const lost = (home: Commands, written: readonly Written[]): Promise<readonly string[]> =>
  home.boto3(`${services}
written = ${JSON.stringify(Object.fromEntries(written.map((one) => [one.service, one.acknowledged])))}
messages = set()
url = sqs.get_queue_url(QueueName="written")["QueueUrl"]
while True:
    batch = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages", [])
    if not batch: break
    messages.update(message["Body"].rstrip("x") for message in batch)
there = {
    "s3": lambda name: len(s3.get_object(Bucket="written", Key=name)["Body"].read()) == 50000,
    "dynamodb": lambda name: "Item" in dynamodb.get_item(TableName="hangar", Key={"pk": {"S": name}, "sk": {"S": name}}, ConsistentRead=True),
    "sqs": lambda name: name in messages,
    "secretsmanager": lambda name: len(secrets.get_secret_value(SecretId=name)["SecretString"]) == 50000,
}
def found(service, name):
    try: return there[service](name)
    except Exception: return False
print(json.dumps([f"{service} {name}" for service in written for name in written[service] if not found(service, name)]))`);

/** Clients that try once: a refusal is what the test waits for. */
const services = `
from botocore.config import Config
once = Config(retries={"total_max_attempts": 1}, read_timeout=30)
s3, dynamodb, sqs, secrets = (boto3.client(name, config=once) for name in ["s3", "dynamodb", "sqs", "secretsmanager"])`;
