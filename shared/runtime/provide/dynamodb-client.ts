// One DynamoDB client per function, shared by the stores.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { once } from "../environment.ts";

export const dynamodbClient = once(() => new DynamoDBClient());
