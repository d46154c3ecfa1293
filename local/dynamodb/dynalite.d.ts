// dynalite ships no types. Only what this folder uses is declared, of the parts its own server is made of.
declare module "dynalite/db/index.js" {
  type Callback<Value> = (error: Error | null, value?: Value) => void;

  interface Part {
    get(key: string, callback: Callback<unknown>): void;
    createValueStream(range: ValueRange): NodeJS.EventEmitter;
  }

  /** Bounds are keys of the part, or of the whole database where it is asked. */
  interface ValueRange {
    readonly gt?: string;
    readonly gte?: string;
    readonly lt?: string;
    readonly lte?: string;
    readonly reverse?: boolean;
    /** -1: no limit. */
    readonly limit?: number;
  }

  interface Store {
    readonly db: {
      open(): Promise<void>;
      getSync(key: string): unknown;
      values(range: ValueRange): { nextv(size: number): Promise<unknown[]>; close(): Promise<void> };
    };
    readonly tableDb: Part;
    getItemDb(table: string): Part;
    getIndexDb(kind: string, table: string, index: string): Part;
    readonly lifecycleManager: { gracefulClose(): Promise<void> };
  }

  const database: {
    create(options: {
      readonly path: string;
      readonly createTableMs: number;
      readonly deleteTableMs: number;
      readonly updateTableMs: number;
    }): Store;
  };
  export type { Callback, Part, Store, ValueRange };
  export default database;
}

declare module "dynalite/validations/index.js" {
  interface Rules {
    readonly types: object;
    readonly custom?: unknown;
  }

  /** Both throw an Error with `statusCode` and `body` for a request that is not well formed. */
  const validations: {
    checkTypes(input: object, types: object): object;
    checkValidations(input: object, types: object, custom: unknown, store: unknown): void;
  };
  export type { Rules };
  export default validations;
}
