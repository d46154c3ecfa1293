// Errors as responses: one for each exception of the service, with the codes of shared/domain/errors.ts that it carries.
import { type ErrorCode, errorCatalogue } from "../../shared/domain/errors.ts";
import { reference, type Schema } from "./model-schemas.ts";

type Exception = (typeof errorCatalogue)[ErrorCode]["type"];

const codesOf = (exception: Exception): readonly string[] =>
  Object.entries(errorCatalogue)
    .filter(([, { type }]) => type === exception)
    .map(([code]) => code);

const exceptions = [...new Set(Object.values(errorCatalogue).map(({ type }) => type))];
const isRestApi = (exception: Exception) => exception.startsWith("RestApi");

/** One schema for each exception. AccessDeniedException alone has a capital `Message`; those of RestApi have no message. */
export const errorSchemas: Readonly<Record<string, Schema>> = Object.fromEntries(
  exceptions.map((exception) => {
    const message = exception === "AccessDeniedException" ? "Message" : "message";
    const own: Record<string, Schema> = isRestApi(exception)
      ? { RestApiStatusCode: { type: "integer" }, RestApiResponse: { description: "Airflow's own answer." } }
      : { [message]: { type: "string", description: "What happened, why, what to do." } };
    const code = { type: "string", enum: codesOf(exception), description: "Extension: which of its kind." };
    const properties = { ...own, code, __type: { type: "string", const: exception } };
    return [exception, { type: "object", properties, required: Object.keys(properties) }];
  }),
);

const statusOf = (exception: Exception): number =>
  Object.values(errorCatalogue).find(({ type }) => type === exception)!.status;

const words: Readonly<Record<number, string>> = {
  400: "The request cannot be done as it is.",
  403: "The caller may not do this. Requests refused before the service reads them have no `code` and no `__type`.",
  404: "There is no such thing.",
  500: "An internal error; the service's log has it.",
  503: "Something it depends on, or another request, was in the way: try again.",
};

/** Before the service reads a request, its front door or API Gateway may refuse it. */
const refusedBefore: Schema = {
  type: "object",
  properties: { message: { type: "string" }, Message: { type: "string" } },
};

const names: Readonly<Record<number, string>> = {
  400: "Refused",
  403: "AccessDenied",
  404: "NotFound",
  500: "InternalError",
  503: "Unavailable",
};

/** Response components by name. `RefusedByAirflow` is what a call of Airflow answers with 400. */
export const errorComponents: Readonly<Record<string, Schema>> = {
  ...componentsOf(exceptions.filter((exception) => !isRestApi(exception))),
  RefusedByAirflow: componentsOf(exceptions)["Refused"]!,
};

/**
 * The error responses of an operation, by status.
 * @param options.airflow whether it calls Airflow, whose errors it passes on
 */
export const errorResponses = (options: { readonly airflow: boolean }): Readonly<Record<string, Schema>> =>
  Object.fromEntries(
    Object.entries(names).map(([status, name]) => [
      status,
      { $ref: `#/components/responses/${options.airflow && name === "Refused" ? "RefusedByAirflow" : name}` },
    ]),
  );

function componentsOf(carried: readonly Exception[]): Record<string, Schema> {
  return Object.fromEntries(
    [...new Set(carried.map(statusOf))].map((status) => {
      const schemas = carried.filter((exception) => statusOf(exception) === status).map(reference);
      const all = status === 403 ? [...schemas, refusedBefore] : schemas;
      const content = { "application/json": { schema: all.length === 1 ? all[0]! : { anyOf: all } } };
      const headers = { "x-amzn-errortype": { schema: { type: "string" }, description: "The exception." } };
      return [names[status]!, { description: words[status], headers, content }];
    }),
  );
}
