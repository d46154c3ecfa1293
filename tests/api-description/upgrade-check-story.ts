// The part of the story that is about checks of an upgrade: one whose release has a file that does not import, and a rehearsal.
import { advanceUpgradeChecks } from "../../functions/schedules/advance-upgrade-checks.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { unimportable } from "../../shared/testing/memory-check.ts";
import type { AllPorts, MemoryWorld } from "../../shared/testing/memory-world.ts";
import { sha256 } from "../../shared/testing/planned.ts";
import { availableOnOld, upgradePool } from "../../state-machines/testing/upgrades.ts";

type Told = AllPorts & { readonly pool: Pool };
type Ask = (route: string, request: object, example: string | undefined, ports: Told) => Promise<void>;
const checks = "/environments/{Name}/upgrade-checks";

/** Tells it of an environment of its own, on 2.11.2. */
export async function checkAnUpgrade(ask: Ask): Promise<void> {
  const { world } = await availableOnOld();
  const ports = { ...world.ports, pool: upgradePool };
  await uploadBrokenFile(world, ports);
  const AirflowVersion = "3.3.1";
  await ask(`POST ${checks}`, { Name: "first", AirflowVersion }, "create-upgrade-check", ports);
  const CheckId = await latest(world);
  await ask(`GET ${checks}/{CheckId}`, { Name: "first", CheckId }, undefined, ports);
  await goOn(ports);
  await ask(`GET ${checks}/{CheckId}`, { Name: "first", CheckId }, "get-upgrade-check", ports);
  await ask(`POST ${checks}`, { Name: "first", AirflowVersion, Rehearse: true }, undefined, ports);
  await goOn(ports);
  await ask(`GET ${checks}`, { Name: "first" }, "list-upgrade-checks", ports);
  const rehearsed = { Name: "first", CheckId: await latest(world) };
  await ask(`GET ${checks}/{CheckId}`, rehearsed, "get-upgrade-rehearsal", ports);
  await ask("POST /environments/{Name}/plan", { Name: "first", AirflowVersion }, "plan-checked-upgrade", ports);
}

const latest = async (world: MemoryWorld) => (await world.environments.get("first"))!.upgradeChecks![0]!.id;

/** Looks often enough for a rehearsal. */
async function goOn(ports: Told): Promise<void> {
  for (let look = 0; look < 12; look++) await advanceUpgradeChecks(ports);
}

async function uploadBrokenFile(world: MemoryWorld, { controlBucket }: Told): Promise<void> {
  const { names, environmentId } = (await world.environments.get("first"))!;
  const { release } = (await world.environments.getRelease("first", environmentId))!;
  const manifest = (await controlBucket.getManifest(names.prefix, release.manifest))!;
  const text = `import ${unimportable}`;
  await controlBucket.putBlob(names.prefix, sha256(text), new TextEncoder().encode(text));
  const file = { path: "team/etl.py", size: text.length, sha256: sha256(text), versionId: "1" };
  await controlBucket.putManifest(names.prefix, release.manifest, { ...manifest, files: [...manifest.files, file] });
}
