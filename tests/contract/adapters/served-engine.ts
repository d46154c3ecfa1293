// One engine of the region for one test file: served on loopback, and everything undone at the end.
import type { Engine, EngineContext } from "../../../local/engine.ts";
import { clientDefaults, engineFolder, serve } from "../serve.ts";

export interface EngineUnderTest<Running> {
  readonly engine: Running;
  /** For any SDK client. */
  readonly client: typeof clientDefaults & { readonly endpoint: string };
  close(): Promise<void>;
}

/** Opens an engine in a folder of its own and serves it. */
export async function serveEngine<Running extends Engine>(
  open: (context: EngineContext) => Running | Promise<Running>,
): Promise<EngineUnderTest<Running>> {
  const { context, remove } = await engineFolder();
  const engine = await open(context);
  const served = await serve(engine);
  return {
    engine,
    client: { ...clientDefaults, endpoint: served.url },
    async close() {
      await served.close();
      await engine.close();
      await remove();
    },
  };
}
