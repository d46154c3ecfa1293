// Requests of Hangar's extensions: under the same roof and the same signing as MWAA's own (docs/api.md).
import * as z from "zod";
import { type AccessEntry, airflowRoles } from "./items.ts";
import { GetEnvironmentRequest, type NamedRequest, type PageRequest, paged } from "./requests.ts";

const named = GetEnvironmentRequest as unknown as z.ZodObject;
const extended = <Type>(members: z.ZodRawShape): z.ZodType<Type> => named.extend(members) as unknown as z.ZodType<Type>;
const operationId = z
  .string({ error: "Member must not be null" })
  .regex(/^[a-z0-9]{26}$/, "Member must satisfy regular expression pattern: [a-z0-9]{26}");

/** A query's word for yes or no. */
const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean("Member must be true or false").optional(),
);

/** MWAA's own members and `Details`. */
export type ListEnvironmentsRequest = PageRequest & { readonly Details?: boolean };
export const ListEnvironmentsRequest = paged<ListEnvironmentsRequest>({ Details: flag }, ["Details"]);

export type ListOperationsRequest = NamedRequest & PageRequest;
export const ListOperationsRequest = paged<ListOperationsRequest>(named.shape);

export interface OperationRequest extends NamedRequest {
  readonly OperationId: string;
}
export const OperationRequest = extended<OperationRequest>({ OperationId: operationId });

export const NoRequest = z.object({}) as z.ZodType<object>;

/** The table of who gets which Airflow role; replaced as a whole. */
export interface PutAccessRequest extends NamedRequest {
  readonly Entries: readonly { readonly Principal: string; readonly Role: AccessEntry["role"] }[];
}
export const PutAccessRequest = extended<PutAccessRequest>({
  Entries: z
    .array(
      z.object({
        Principal: z
          .string("Member must not be null")
          .min(1, "Member must have length greater than or equal to 1")
          .max(1224, "Member must have length less than or equal to 1224")
          .regex(
            /^(\*|arn:([\x21-\x39\x3b-\x7e]*:){4}[\x21-\x7e]+)$/,
            "Member must be a principal's ARN, with * for any characters within one of its parts, or a bare *",
          ),
        Role: z.enum(airflowRoles, { error: `Member must satisfy enum value set: [${airflowRoles.join(", ")}]` }),
      }),
      { error: "Member must be a list" },
    )
    .max(100, "Member must have length between 0 and 100"),
});
