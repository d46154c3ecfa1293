// The store of snapshots of this function.
import { dynamodbSnapshots } from "../../aws/dynamodb-snapshots.ts";
import { functionEnvironment, once } from "../environment.ts";
import { dynamodbClient } from "./dynamodb-client.ts";

export const snapshots = once(() => dynamodbSnapshots(dynamodbClient(), { tableName: functionEnvironment().table }));
