// The one table (design, section 4): its keys, its one index and how an item lies in it. Data only: the stacks and the
// one-machine region create the table from it, the adapters read and write by it.

/** CreateTable's input without the table's name. */
export const tableSchema = {
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
    { AttributeName: "kind", AttributeType: "S" },
    { AttributeName: "sort", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: "byKind",
      KeySchema: [
        { AttributeName: "kind", KeyType: "HASH" },
        { AttributeName: "sort", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
  ],
  BillingMode: "PAY_PER_REQUEST",
} as const;

/** The index that lists items of one kind in order. */
export const kindIndex = tableSchema.GlobalSecondaryIndexes[0].IndexName;

/** DynamoDB removes an item some time after this moment, in whole seconds since the epoch. One machine's never does. */
export const expiryAttribute = "expiresAt";

export interface ItemKey {
  readonly pk: string;
  readonly sk: "environment" | "operation" | "snapshot" | `release#${string}`;
}

export const environmentKey = (name: string): ItemKey => ({ pk: `environment#${name}`, sk: "environment" });
/** By id as well as name: a late writer of a deleted environment cannot reach its namesake's pointer. */
export const releaseKey = (environmentName: string, environmentId: string): ItemKey => ({
  pk: `environment#${environmentName}`,
  sk: `release#${environmentId}`,
});
export const operationKey = (operationId: string): ItemKey => ({ pk: `operation#${operationId}`, sk: "operation" });

/** Of a snapshot that outlives its environment; @param name its database's, which is never used twice */
export const snapshotKey = (name: string): ItemKey => ({ pk: `snapshot#${name}`, sk: "snapshot" });

/** Where an item stands in the index; a release has no place there. */
export interface IndexPlace {
  readonly kind: string;
  readonly sort: string;
  /** Absent: for good. */
  readonly [expiryAttribute]?: number;
}

export const environmentPlace = (name: string): IndexPlace => ({ kind: "environment", sort: name });

export const snapshotKind = "snapshot";

/** @param createdAt milliseconds since the epoch */
export const snapshotPlace = (name: string, createdAt: number): IndexPlace => ({
  kind: snapshotKind,
  sort: `${new Date(createdAt).toISOString()}#${name}`,
});

/** @param createdAt milliseconds since the epoch */
export const operationPlace = (environmentName: string, createdAt: number, operationId: string): IndexPlace => ({
  kind: `operations-of#${environmentName}`,
  sort: `${new Date(createdAt).toISOString()}#${operationId}`,
});
