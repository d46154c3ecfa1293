// The loopback server the sst command runs beside the program: components ask it for the bootstrap facts of the account
// and for the bundles of their functions.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import path from "node:path";
import type { Bundle } from "./graph.ts";
import { type BuildRequest, bundleHandler } from "./handler-bundle.ts";
import { accountId, region } from "./resource-arns.ts";

export interface ControlChannel {
  readonly url: string;
  /** Filled while the program runs. */
  readonly bundles: readonly Bundle[];
}

/** Starts the server on a free port. It never keeps the process alive: the program ends when its own work does. */
export async function openControlChannel(root: string, workFolder: string): Promise<ControlChannel> {
  const bundles: Bundle[] = [];
  const answers: Readonly<Record<string, (parameter: unknown) => unknown>> = {
    "Provider.Aws.Bootstrap": () => bootstrap,
    "Provider.Aws.Appsync": () => ({ http: "", realtime: "" }),
    "Runtime.AddTarget": () => true,
    "Runtime.Build": async (parameter) => {
      const request = parameter as BuildRequest;
      const out = path.join(workFolder, `${request.functionID}-src`);
      const bundle = await bundleHandler(root, out, request);
      bundles.push(bundle);
      const exported = request.handler.slice(request.handler.lastIndexOf("."));
      return { handler: `bundle${exported}`, out, errors: bundle.errors, sourcemaps: [] };
    },
  };
  const server = createServer(async (request, response) => {
    const { id, method, params } = JSON.parse(await text(request)) as {
      id: unknown;
      method: string;
      params: unknown[];
    };
    const answer = answers[method];
    const result = answer ? await answer(params[0]) : null;
    // Kept-alive sockets would hold the event loop open, and its end is how the program's end is known.
    response.setHeader("connection", "close");
    response.end(JSON.stringify({ id, result, error: answer ? null : `can't find method ${method}` }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bundles };
}

/** What `/sst/bootstrap` holds in an account SST has been used in. */
const bootstrap = {
  version: 5,
  asset: "sst-asset-simulated",
  state: "sst-state-simulated",
  assetEcrRegistryId: accountId,
  assetEcrUrl: `${accountId}.dkr.ecr.${region}.amazonaws.com/sst-asset`,
  appsyncHttp: "",
  appsyncRealtime: "",
};
