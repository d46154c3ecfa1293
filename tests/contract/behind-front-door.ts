// Serves one engine behind the real front door, signatures and all, for suites that drive it through the SDK client.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../../local/engine.ts";
import { openCredentials } from "../../local/front/credentials.ts";
import { startFrontDoor } from "../../local/front/front-door.ts";

export interface ClientOptions {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Starts a front door on a free port with this engine alone. `close` ends the door, not the engine.
 * @param folder where the door keeps its keys, for a process that is killed and so removes nothing; by default one of
 *   its own, which `close` removes
 */
export async function behindFrontDoor(
  engine: Pick<Engine, "signingNames" | "handle">,
  folder = mkdtempSync(join(tmpdir(), "hangar-door-")),
): Promise<{ readonly client: ClientOptions; close(): Promise<void> }> {
  const credentials = openCredentials(join(folder, "keys.json"));
  const nothing = async () => ({ status: 404, headers: {}, body: "" });
  const door = await startFrontDoor({
    port: 0,
    region: "us-east-1",
    accountId: "000000000000",
    credentials,
    sessionCredentials: () => undefined,
    engines: [engine],
    s3SocketPath: join(folder, "none.sock"),
    apiGateway: nothing,
    ecsMetadata: nothing,
  });
  const { accessKeyId, secretAccessKey } = credentials.named("operator");
  return {
    client: { region: "us-east-1", endpoint: door.url, credentials: { accessKeyId, secretAccessKey } },
    async close() {
      await door.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
