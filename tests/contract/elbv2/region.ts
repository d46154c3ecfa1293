// The load balancing engine behind a real HTTP port, for the real SDK clients, with or without its real load balancer.
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { createElbEngine, type ElbEngine } from "../../../local/elbv2/engine.ts";
import type { LoadBalancerConfiguration } from "../../../local/loadbalancer/configuration.ts";
import type { LoadBalancerStatus } from "../../../local/loadbalancer/status.ts";
import { clientDefaults, engineFolder, serve } from "../serve.ts";

export interface ElbRegion {
  readonly client: ElasticLoadBalancingV2Client;
  readonly endpoint: string;
  readonly engine: ElbEngine;
  /** Every configuration the load balancer was told, the newest last. */
  readonly told: LoadBalancerConfiguration[];
  /** What the load balancer says; set by a test that plays it. */
  status: LoadBalancerStatus | undefined;
  now: number;
  /** A kill and a start: the engine is made anew over the same folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface ElbRegionOptions {
  readonly port?: number;
  /** A real load balancer instead of the one the test plays. */
  readonly onChange?: (configuration: LoadBalancerConfiguration) => void;
  readonly status?: () => LoadBalancerStatus | undefined;
}

export async function startElbRegion(options: ElbRegionOptions = {}): Promise<ElbRegion> {
  const prepared = await engineFolder(() => region.now);
  const told: LoadBalancerConfiguration[] = [];
  const make = () =>
    createElbEngine(prepared.context, {
      port: options.port ?? 8080,
      onChange: (configuration) => {
        told.push(configuration);
        options.onChange?.(configuration);
      },
      status: options.status ?? (() => region.status),
    });
  let engine: ElbEngine;
  const served = await serve({
    signingNames: ["elasticloadbalancing"],
    handle: (request) => engine.handle(request),
    close: () => engine.close(),
  });
  const client = new ElasticLoadBalancingV2Client({ ...clientDefaults, endpoint: served.url });
  const region: ElbRegion = {
    client,
    endpoint: served.url,
    get engine() {
      return engine;
    },
    told,
    status: undefined,
    now: 1_800_000_000_000,
    restart: async () => {
      await engine.close();
      engine = make();
    },
    close: async () => {
      client.destroy();
      await served.close();
      await engine.close();
      await prepared.remove();
    },
  };
  engine = make();
  return region;
}
