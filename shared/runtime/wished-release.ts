// After a restore that was asked for to go back to a release: its DAG files go live. Safe to repeat, and what others made live
// meanwhile is not undone unseen: then the files stay as they are, and whoever asked rolls back once more.
import type { EnvironmentItem, OperationPlan } from "../domain/items.ts";
import { logger } from "./logger.ts";
import type { ReleasePorts } from "./release-lookup.ts";
import { runsAlready, serveAgain } from "./release-rollback.ts";
import type { Clock } from "../ports/clock.ts";

const attempts = 4;

/** @returns `served`: they are live, by this call or one before; `left`: something else is; null: none was asked for */
export async function serveWished(
  environment: EnvironmentItem,
  plan: OperationPlan,
  ports: ReleasePorts & { readonly clock: Clock },
  by: string,
): Promise<"served" | "left" | null> {
  const wish = plan.type === "upgrade-environment" ? plan.release : undefined;
  if (!wish) return null;
  const { name, environmentId } = environment;
  for (let tries = 0; tries < attempts; tries++) {
    const item = await ports.environments.getRelease(name, environmentId);
    if (!item) return "left";
    if (await runsAlready(environment, item, wish.manifest, ports)) return "served";
    if (item.release.id !== wish.from) break;
    const moved = await serveAgain(environment, item, { key: wish.manifest, to: wish.number }, { ...ports, by });
    if (moved === "gone") return "left";
    if (moved !== "lost") return "served";
  }
  logger.warn("another release went live meanwhile: the one asked for was not served", { environment: name, ...wish });
  return "left";
}
