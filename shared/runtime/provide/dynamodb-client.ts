// One DynamoDB client per function, shared by the stores.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { once } from "../environment.ts";
import { KeyedSha256 } from "../keyed-sha256.ts";

export const dynamodbClient = once(() => new DynamoDBClient({ sha256: KeyedSha256 }));
