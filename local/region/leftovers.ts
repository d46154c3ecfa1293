// What a killed region left running, stopped without serving: tasks, PostgreSQL, the load balancer.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createEcsEngine } from "../ecs/engine.ts";
import { stopLoadBalancer } from "../loadbalancer/start.ts";
import { stopPostgres } from "../postgres/start.ts";
import { prepareLayout } from "./layout.ts";
import { lockHome } from "./region-file.ts";
import { settleSettings } from "./settings.ts";

const taskGraceSeconds = 10;

/** Ends everything an earlier region of this home started. @throws RegionRuns when one serves it now */
export async function stopLeftovers(home: string, log: (line: string) => void): Promise<void> {
  const layout = prepareLayout(home);
  const unlock = lockHome(layout.run);
  try {
    if (existsSync(join(layout.home, "engines", "ecs", "ecs.sqlite"))) {
      const { region, accountId } = await settleSettings(layout.settingsFile);
      const refuse = async () => {
        throw new Error("The region is down.");
      };
      const ecs = createEcsEngine(
        { folder: layout.engine("ecs"), region, accountId, now: Date.now },
        {
          images: { resolve: refuse },
          secret: refuse,
          credentials: refuse,
          endpointUrl: () => "http://127.0.0.1:9",
          metadataBaseUrl: () => "http://127.0.0.1:9",
          targets: { register: async () => {}, deregister: async () => {} },
          log,
        },
      );
      await ecs.stopAll({ graceSeconds: taskGraceSeconds });
      await ecs.close();
    }
    await Promise.all([stopPostgres(layout.postgres), stopLoadBalancer(layout.loadBalancer)]);
  } finally {
    unlock();
  }
}
