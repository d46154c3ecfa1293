// The environment store of this function.
import { dynamodbEnvironments } from "../../aws/dynamodb-environments.ts";
import { functionEnvironment, once } from "../environment.ts";
import { dynamodbClient } from "./dynamodb-client.ts";

export const environments = once(() =>
  dynamodbEnvironments(dynamodbClient(), { tableName: functionEnvironment().table }),
);
