// The operation store of this function.
import { dynamodbOperations } from "../../aws/dynamodb-operations.ts";
import { functionEnvironment, once } from "../environment.ts";
import { dynamodbClient } from "./dynamodb-client.ts";

export const operations = once(() => dynamodbOperations(dynamodbClient(), { tableName: functionEnvironment().table }));
