// The JavaScript SDK's client of MWAA, unmodified: installed in clients/ (install.mjs) and not by everybody's npm ci, because the
// newest one the registry has brings a hundred packages of its own, a third of all files.
import { createRequire } from "node:module";

export type Command = new (input: object) => object;

/** The members of the operation's output, as the SDK gives them. */
type Answer = Readonly<Record<string, unknown>> & { readonly $metadata: { readonly attempts?: number } };

export interface MwaaSdk {
  readonly MWAAClient: new (settings: object) => { send(command: object): Promise<Answer>; destroy(): void };
  readonly ListEnvironmentsCommand: Command;
  readonly [command: string]: unknown;
}

export const mwaaSdk = createRequire(new URL("clients/package.json", import.meta.url))(
  "@aws-sdk/client-mwaa",
) as MwaaSdk;
