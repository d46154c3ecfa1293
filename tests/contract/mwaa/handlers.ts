// The real handlers of functions/api/ over ports of a test's choosing. Which schema and which inner function a handler is
// made of is read from its own file, so that no second table of them can drift.
import { readFileSync } from "node:fs";
import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type * as z from "zod";
import { type FunctionName, functions } from "../../../functions/wiring.ts";
import { routes } from "../../../functions/routes.ts";
import * as extensionRequests from "../../../shared/domain/extension-requests.ts";
import * as requests from "../../../shared/domain/requests.ts";
import { apiHandler } from "../../../shared/runtime/api-handler.ts";

type ApiEvent = APIGatewayProxyEventV2WithIAMAuthorizer;
export type ServedHandler = (event: ApiEvent, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Every function a route names, by its name.
 * @param ports what a handler takes; asked anew for each request, so that a world may be exchanged
 */
export async function handlersOver(ports: () => object): Promise<ReadonlyMap<string, ServedHandler>> {
  const names = [...new Set(routes.map((route) => route.function))];
  return new Map(
    await Promise.all(
      names.map(async (name) => {
        const { schema, inner } = await partsOf(name);
        return [name, apiHandler(schema, inner as never, ports) as unknown as ServedHandler] as const;
      }),
    ),
  );
}

type Inner = (request: object, ports: object, caller: object) => Promise<unknown>;

/** The schema of a function's requests and its inner function, as its file names them to `apiHandler`. */
export async function partsOf(name: FunctionName): Promise<{ readonly schema: z.ZodType; readonly inner: Inner }> {
  const { handler } = functions[name];
  const file = new URL(`../../../${handler.replace(/\.handler$/, ".ts")}`, import.meta.url);
  const made = /^export const handler = apiHandler\((\w+), (\w+),/m.exec(readFileSync(file, "utf8"));
  if (!made) throw new Error(`${handler} is not made as \`apiHandler(Schema, inner, …)\`: say here how it is served.`);
  const [, schemaName = "", innerName = ""] = made;
  const schema = ({ ...requests, ...extensionRequests } as Record<string, unknown>)[schemaName];
  const inner = ((await import(file.href)) as Record<string, unknown>)[innerName];
  if (!schema || typeof inner !== "function") throw new Error(`${handler}: ${schemaName} or ${innerName} is missing.`);
  return { schema: schema as z.ZodType, inner: inner as Inner };
}
