// The API's description: every route of functions/routes.ts, MWAA's shapes from its service model, the extensions' requests
// from their schemas.
import { functions } from "../../functions/wiring.ts";
import { type RouteWiring, routes } from "../../functions/routes.ts";
import { mwaaShapes } from "../../shared/domain/mwaa-model.generated.ts";
import { errorComponents, errorResponses, errorSchemas } from "./error-responses.ts";
import { extensionResponses, extensionSchemas } from "./extension-schemas.ts";
import { type ModelOperation, requestOf } from "./requests.ts";
import { namesIn, reference, type Schema, schemaOfShape } from "./model-schemas.ts";

/** The part of the service model that is read here (contracts/). */
export interface ServiceModel {
  readonly operations: Readonly<Record<string, ModelOperation>>;
}

/** Where Hangar answers otherwise than the model says. Bounds of the model are those of requests. */
const departures: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  Environment: {
    WebserverUrl: {
      type: "string",
      description: "Host name, without a scheme. On one machine address and port: 127.64.0.1:8080.",
    },
    Tags: reference("CurrentTags"),
    Hangar: { ...reference("EnvironmentExtension"), description: "Extension." },
  },
  ListTagsForResourceOutput: { Tags: reference("CurrentTags") },
  ListEnvironmentsOutput: {
    EnvironmentDetails: {
      type: "array",
      items: reference("Environment"),
      description: "Extension, with Details=true: the environments named, without AirflowConfigurationOptions.",
    },
  },
  CreateCliTokenResponse: { WebServerHostname: { type: "string", description: "As WebserverUrl of the environment." } },
  CreateWebLoginTokenResponse: {
    WebServerHostname: { type: "string", description: "As WebserverUrl of the environment." },
  },
};

const currentTags: Schema = {
  type: "object",
  description: "Tags of the environment; it may have none.",
  additionalProperties: reference("TagValue"),
  maxProperties: 50,
};

/** The whole OpenAPI document. @param model the service model, parsed */
export function openApiDocument(model: ServiceModel): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of routes) {
    const path = paths[route.path] ?? {};
    paths[route.path] = { ...path, [route.method.toLowerCase()]: operation(route, model) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Hangar",
      version: "0.1.0",
      summary: "The API of Amazon MWAA (2020-07-01), and Hangar's extensions to it.",
      description: "Written by docs/generate-openapi.mjs. For people: docs/api.md.",
      license: { name: "Apache 2.0", identifier: "Apache-2.0" },
    },
    servers,
    security: [{ sigv4: [] }],
    tags: [
      { name: "MWAA", description: "Operations of Amazon MWAA." },
      { name: "Extensions", description: "Hangar's own, under the same signing and IAM actions." },
    ],
    paths,
    components: { securitySchemes, responses: errorComponents, schemas: schemasOf([paths, errorComponents]) },
  };
}

const servers = [
  {
    url: "{endpoint}",
    variables: {
      endpoint: {
        default: "http://127.0.0.1",
        description:
          "Of a one-machine region AWS_ENDPOINT_URL of `hangar exec`; of AWS the output `api` of the deployment; for either what `hangar proxy` prints.",
      },
    },
  },
];

const securitySchemes = {
  sigv4: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description:
      "AWS Signature Version 4. Service `airflow` on one machine and at the proxy, `execute-api` at API Gateway.",
    "x-amazon-apigateway-authtype": "awsSigv4",
  },
};

function operation(route: RouteWiring, { operations }: ServiceModel): Schema {
  const plainPath = route.path.replace("/roles/{Role}", "");
  const own = Object.entries(operations).find(
    ([, { http }]) => http.method === route.method && http.requestUri === plainPath,
  );
  const { purpose } = functions[route.function];
  const success = own ? reference(own[1].output.shape) : extensionResponses[route.function];
  if (!success) throw new Error(`docs/openapi/extension-schemas.ts does not say what ${route.function} answers.`);
  const id = own?.[0] ?? pascal(route.function);
  return {
    operationId: route.path === plainPath ? id : `${id}WithRole`,
    summary: purpose.replace(/^(Extension|MWAA \w+)[:.] ?/, "").replace(/^./, (letter) => letter.toUpperCase()) || id,
    tags: [own ? "MWAA" : "Extensions"],
    ...requestOf(route, own?.[1], mwaaShapes),
    responses: {
      200: { description: "Done.", content: { "application/json": { schema: success } } },
      ...errorResponses({ airflow: route.function === "invoke-rest-api" }),
    },
    "x-iam-action": `airflow:${route.action}`,
    "x-iam-resource": route.resource,
  };
}

/** Every schema something refers to, in order of name. */
function schemasOf(described: unknown): Schema {
  const known = (name: string): Schema => {
    if (name === "CurrentTags") return currentTags;
    return extensionSchemas[name] ?? errorSchemas[name] ?? schemaOfShape(mwaaShapes, name, departures[name]);
  };
  return Object.fromEntries([...namesIn(described, known)].toSorted().map((name) => [name, known(name)]));
}

const pascal = (name: string): string =>
  name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
