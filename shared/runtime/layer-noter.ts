// Brings the history of releases level with the layer the record says runs: after every commit, and whenever somebody looks.
import { noteLayer } from "../domain/layer-history.ts";
import { onVersion } from "../domain/release-history.ts";
import { takesReleases } from "../domain/source-events.ts";
import { sha256 } from "./digest.ts";
import { logger } from "./logger.ts";
import { moveRelease, type PublisherPorts } from "./release-publisher.ts";

const attempts = 4;

/**
 * Writes an entry for another layer than the one noted last, if there is one. Safe to repeat and to run beside itself.
 * @param by who had it changed, as far as is known
 * @throws Error when other releases kept coming first; the caller is repeated
 */
export async function bringLayerLevel(
  { name, environmentId }: { readonly name: string; readonly environmentId: string },
  by: string | undefined,
  ports: Omit<PublisherPorts, "sourceBuckets">,
): Promise<void> {
  for (let tries = 0; tries < attempts; tries++) {
    // in this order: whoever notes a newer layer in between makes the write lose
    const item = await ports.environments.getRelease(name, environmentId);
    const environment = await ports.environments.get(name);
    if (!item || environment?.environmentId !== environmentId || !takesReleases(environment)) return;
    const { prefix } = environment.names;
    const live = item.layer ? undefined : await ports.controlBucket.getHistory(prefix, item.release.number);
    const note = noteLayer(item, environment, live, {
      now: ports.clock.now(),
      by: by ?? environment.lastUpdate.source ?? "unknown",
      digest: sha256,
    });
    if (note.kind === "level") return;
    if (note.entry) await ports.controlBucket.putHistory(prefix, onVersion(note.entry, environment));
    if ((await moveRelease(environment, note.item, item.generation, ports)) === "lost") continue;
    logger.info("layer noted", { environment: name, key: note.item.layer?.layer?.key });
    return;
  }
  throw new Error(`The releases of ${name} moved ${attempts} times while its layer was noted.`);
}
