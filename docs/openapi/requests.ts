// Parameters and bodies: of MWAA's operations from the service model, of extensions from the schemas their handlers check.
import * as z from "zod";
import type { RouteWiring } from "../../functions/routes.ts";
import {
  CloneSnapshotRequest,
  ConfigurationRequest,
  DeferWindowRequest,
  CreateSnapshotRequest,
  CreateUpgradeCheckRequest,
  GetReleaseRequest,
  GetSyncRequest,
  KeptSnapshotRequest,
  ListOperationsRequest,
  ListReleasesRequest,
  OperationRequest,
  PutAccessRequest,
  RestoreSnapshotRequest,
  RollbackReleaseRequest,
  SnapshotRequest,
  UpgradeCheckRequest,
} from "../../shared/domain/extension-requests.ts";
import { airflowRoles } from "../../shared/domain/items.ts";
import type { ModelShapes } from "../../shared/domain/model-schema.ts";
import { GetEnvironmentRequest, queryMembers, UpdateEnvironmentRequest } from "../../shared/domain/requests.ts";
import { reference, type Schema, schemaOfShape } from "./model-schemas.ts";

/** An operation of the service model. */
export interface ModelOperation {
  readonly http: { readonly method: string; readonly requestUri: string };
  readonly input: { readonly shape: string };
  readonly output: { readonly shape: string };
}

/** What the extensions take, by their function; those that take what an MWAA operation does are below. */
const schemas: Readonly<Record<string, z.ZodType>> = {
  "list-operations": ListOperationsRequest,
  "get-operation": OperationRequest,
  "cancel-operation": OperationRequest,
  "resume-operation": OperationRequest,
  "get-access": GetEnvironmentRequest,
  "get-configuration": ConfigurationRequest,
  "put-access": PutAccessRequest,
  "list-upgrades": GetEnvironmentRequest,
  "create-upgrade-check": CreateUpgradeCheckRequest,
  "list-upgrade-checks": GetEnvironmentRequest,
  "get-upgrade-check": UpgradeCheckRequest,
  "cancel-pending-update": GetEnvironmentRequest,
  "get-window": GetEnvironmentRequest,
  "skip-window": GetEnvironmentRequest,
  "defer-window": DeferWindowRequest,
  "list-snapshots": GetEnvironmentRequest,
  "create-snapshot": CreateSnapshotRequest,
  "clone-snapshot": CloneSnapshotRequest,
  "delete-kept-snapshot": KeptSnapshotRequest,
  "restore-snapshot": RestoreSnapshotRequest,
  "delete-snapshot": SnapshotRequest,
  "list-releases": ListReleasesRequest,
  "get-release": GetReleaseRequest,
  "rollback-release": RollbackReleaseRequest,
  "get-sync": GetSyncRequest,
};
const takesNothing = ["list-offerings", "list-all-snapshots"];
const asUpdate = "UpdateEnvironmentInput";

/** Extensions of MWAA's own requests. */
const moreQuery: Readonly<Record<string, readonly Schema[]>> = {
  "delete-environment": [
    parameter("SkipFinalSnapshot", "query", {
      type: "boolean",
      description: "Extension: true drops the database at once; otherwise it is kept for a week as a snapshot.",
    }),
  ],
  "list-environments": [
    parameter("Details", "query", {
      type: "boolean",
      description: "Extension: brings EnvironmentDetails with the names.",
    }),
  ],
};

/** `parameters` and `requestBody` of an operation, where it has any. */
export function requestOf(route: RouteWiring, own: ModelOperation | undefined, shapes: ModelShapes): Schema {
  const { parameters, body } = own
    ? ofModel(own.input.shape, shapes)
    : route.function === "plan-update" || route.function === "schedule-update"
      ? ofUpdate(route, shapes)
      : ofSchema(route);
  const role = route.path.includes("{Role}") ? [parameter("Role", "path", { type: "string", enum: airflowRoles })] : [];
  const all = [...parameters, ...role, ...(moreQuery[route.function] ?? [])];
  return {
    ...(all.length > 0 ? { parameters: all } : {}),
    ...(body ? { requestBody: { required: true, content: { "application/json": { schema: body } } } } : {}),
  };
}

function parameter(name: string, place: "path" | "query", schema: Schema): Schema {
  const { description, ...rest } = schema;
  return {
    name,
    in: place,
    ...(place === "path" ? { required: true } : {}),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  };
}

const places: Readonly<Record<string, "path" | "query">> = { uri: "path", querystring: "query" };

function ofModel(input: string, shapes: ModelShapes) {
  const shape = shapes[input]!;
  const required = shape.required ?? [];
  const parameters = Object.entries(shape.members ?? {}).flatMap(([name, { shape: type, location }]) => {
    const place = places[location ?? ""];
    if (!place) return [];
    const described = parameter(name, place, reference(type));
    return [place === "query" && required.includes(name) ? { ...described, required: true } : described];
  });
  const body = schemaOfShape(shapes, input, input === asUpdate ? clearable(shapes[input]!.members!) : {});
  return { parameters, body: Object.keys(body["properties"] as object).length > 0 ? body : undefined };
}

/** What takes the members of an update, and now and then one more. */
function ofUpdate(route: RouteWiring, shapes: ModelShapes) {
  const { parameters, body } = ofModel(asUpdate, shapes);
  const more = moreMembers[route.function];
  const properties = { ...(body!["properties"] as object), ...more };
  return { parameters, body: { ...body, properties } };
}

const moreMembers: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  "schedule-update": {
    MayOverrun: {
      type: "boolean",
      description: "It may begin even where it would not be done by the window's end. Default: false.",
    },
  },
};

/** Members of an update that null clears, as its own schema says. */
function clearable(members: Readonly<Record<string, { readonly shape: string }>>): Readonly<Record<string, Schema>> {
  const { properties = {} } = z.toJSONSchema(UpdateEnvironmentRequest, { unrepresentable: "any" });
  const nullable = Object.entries(properties).filter(
    ([, member]) => typeof member === "object" && member.anyOf?.some((one) => (one as Schema)["type"] === "null"),
  );
  return Object.fromEntries(
    nullable.map(([name]) => [
      name,
      { anyOf: [reference(members[name]!.shape), { type: "null" }], description: "Extension: null clears it." },
    ]),
  );
}

function ofSchema(route: RouteWiring) {
  const schema = schemas[route.function];
  if (!schema && takesNothing.includes(route.function)) return { parameters: [], body: undefined };
  if (!schema) throw new Error(`docs/openapi/requests.ts does not say what ${route.function} takes.`);
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { unrepresentable: "any", io: "input" });
  const query = queryMembers(schema);
  const inPath = (name: string) => route.path.includes(`{${name}}`);
  const named = Object.entries(properties) as [string, Schema][];
  const members = named.filter(([name]) => !inPath(name) && !query.includes(name));
  const needed = required.filter((name) => members.some(([member]) => member === name));
  return {
    parameters: named
      .filter(([name]) => inPath(name) || query.includes(name))
      .map(([name, one]) => parameter(name, inPath(name) ? "path" : "query", one)),
    body:
      members.length > 0
        ? {
            type: "object",
            properties: Object.fromEntries(members),
            ...(needed.length > 0 ? { required: needed } : {}),
          }
        : undefined,
  };
}
