// What a synth prints: every resource the stacks would ask AWS for, and the bundles of the functions.

/** One registration as Pulumi's engine would receive it. Component resources have `custom: false`. */
export interface Resource {
  readonly urn: string;
  /** e.g. `aws:lambda/function:Function` */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly custom: boolean;
  readonly parent?: string;
  readonly dependencies: readonly string[];
  readonly protect?: true;
  readonly retainOnDelete?: true;
  readonly ignoreChanges: readonly string[];
  // Every resource type has inputs of its own; each assertion says which member it expects.
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the provider's
  readonly inputs: Record<string, any>;
}

/** One function's code, bundled as `sst deploy` would. */
export interface Bundle {
  /** Logical name of the function. */
  readonly function: string;
  readonly handler: string;
  readonly minified: boolean;
  readonly bytes: number;
  readonly gzipBytes: number;
  readonly errors: readonly string[];
}

export interface Graph {
  readonly app: { readonly name: string; readonly stage: string; readonly removal: string; readonly protect: boolean };
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly errors: readonly string[];
  readonly bundles: readonly Bundle[];
  /** Provider functions that were asked, e.g. `aws:index/getRegion:getRegion`. */
  readonly invokes: readonly string[];
  /** Sorted by URN. */
  readonly resources: readonly Resource[];
}

/** The resources of one type, e.g. `aws:sqs/queue:Queue`. */
export function resourcesOf(graph: Graph, type: string): readonly Resource[] {
  return graph.resources.filter((resource) => resource.type === type);
}

/** The one resource of this type and logical name. @throws when there is none */
export function resourceOf(graph: Graph, type: string, name: string): Resource {
  const found = resourcesOf(graph, type).find((resource) => resource.name === name);
  if (!found) throw new Error(`The graph of stage ${graph.app.stage} has no ${type} named ${name}.`);
  return found;
}
