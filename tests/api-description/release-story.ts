// The part of the story that is about uploads: a broken file is held, a new one is served with its error, a file is left
// out, and somebody rolls back.
import type { EnvironmentItem } from "../../shared/domain/items.ts";
import type { Check } from "../../shared/domain/release-check.ts";
import type { MemoryWorld } from "../../shared/testing/memory-world.ts";
import { settleRelease } from "../../shared/runtime/candidate-settler.ts";
import { publishRelease } from "../../shared/runtime/release-publisher.ts";
import { offerLayer } from "../../shared/runtime/layer-offers.ts";
import { askToUpdate, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";

type Ask = (request: object, route: string, example?: string) => Promise<void>;
const bucket = "my-dags";
const one = "/environments/{Name}";

const failure = (message: string, line: number) => ({
  message,
  line,
  traceback: `Traceback (most recent call last):\n  line ${line}\n${message}`,
});
const fileOf = (more: Partial<Check["files"][string]>): Check["files"][string] => ({
  state: "ok",
  dagIds: [],
  error: null,
  before: "ok",
  missing: null,
  ...more,
});

/** Tells it of an environment that is available. */
export async function releaseTeamFiles(world: MemoryWorld, Name: string, ask: Ask): Promise<void> {
  const environment = (await world.environments.get(Name))!;
  const ports = { ...world.ports, sync: testPool.sync };
  const publish = () => publishRelease(environment, ports, { by: "arn:aws:iam::000000000000:user/anna" });
  const upload = (path: string, content: string) => void world.sourceBuckets.upload(bucket, `dags/${path}`, content);

  upload("team/orders.py", "orders, version one");
  upload("team/readme.md", "orders");
  await publish();
  await ask({ Name, Number: 2 }, `GET ${one}/releases/{Number}`);
  await checked(world, environment, { "team/orders.py": fileOf({ dagIds: ["orders"], before: "new" }) }, []);
  await settleRelease(environment, ports);

  world.clock.advance(60_000);
  upload("team/orders.py", "orders, version two, broken");
  upload("team/fresh.py", "never worked");
  upload("team\\odd.py", "an odd name");
  world.sourceBuckets.erase(bucket, "dags/team/readme.md");
  await publish();
  await ask({ Name }, `GET ${one}/sync`, "get-sync-checking");
  await ask({ Name }, `GET ${one}/releases`, "list-releases-checking");
  const broken = failure("NameError: name 'tabel' is not defined", 12);
  const never = failure("ModuleNotFoundError: No module named 'pandsa'", 1);
  await checked(
    world,
    environment,
    {
      "team/orders.py": fileOf({ state: "failed", error: broken }),
      "team/fresh.py": fileOf({ state: "failed", error: never, before: "new" }),
    },
    [{ path: "team/orders.py", because: `team/orders.py: ${broken.message}` }],
  );
  await settleRelease(environment, ports);
  const live = (await world.environments.getRelease(Name, environment.environmentId))!.release;
  const at = world.clock.now() / 1000;
  const entry = { parsedAt: at, release: live.id, dagIds: [], error: null };
  const status = {
    schema: 1,
    at,
    release: live.id,
    files: {
      "first.py": { ...entry, dagIds: ["first"] },
      "team/orders.py": { ...entry, dagIds: ["orders"] },
      "team/fresh.py": { ...entry, error: never },
    },
  };
  const key = `${environment.names.prefix}dags.json`;
  world.controlBucket.objects.set(key, { body: JSON.stringify(status), etag: "dags" });
  await world.controlBucket.reports(environment.names.prefix);

  await ask({ Name, Path: "team/" }, `GET ${one}/sync`, "get-sync");
  await ask({ Name, MaxResults: 1 }, `GET ${one}/releases`, "list-releases");
  await ask({ Name }, `GET ${one}/releases`);
  await ask({ Name, Number: 3, Against: 2 }, `GET ${one}/releases/{Number}`, "get-release");
  await ask({ Name, Number: 2, Against: 3, Path: "team/" }, `GET ${one}/releases/{Number}`);
  world.clock.advance(60_000);
  await ask({ Name, Number: 2, DryRun: true }, `POST ${one}/releases/{Number}/rollback`, "plan-rollback");
  await ask({ Name, Number: 2 }, `POST ${one}/releases/{Number}/rollback`, "rollback");
  await layersOfReleases(world, Name, ask);
  await layered(world, Name);
  await ask({ Name }, `GET ${one}/sync`);
}

/** Two layers, one after the other, and back to the first. */
async function layersOfReleases(world: MemoryWorld, Name: string, ask: Ask): Promise<void> {
  const ports = { ...world.ports, pool: testPool };
  for (const text of ["pendulum==3.0.0\nsix==1.17.0", "pendulum==3.1.0"]) {
    world.sourceBuckets.upload(bucket, "requirements.txt", text);
    await askToUpdate(world, { Name, RequirementsS3Path: "requirements.txt" });
    await runLadder(world, Name);
  }
  await ask({ Name, Number: 6, Against: 5 }, `GET ${one}/releases/{Number}`, "get-release-layer");
  await ask({ Name, Number: 6, Against: 2 }, `GET ${one}/releases/{Number}`);
  await ask({ Name, Number: 2 }, `POST ${one}/releases/{Number}/rollback`);
  await ask({ Name, Number: 5, Layers: true }, `POST ${one}/releases/{Number}/rollback`, "rollback-layer");
  await runLadder(world, Name);
  await offerLayer(Name, ports);
  await ask({ Name }, `GET ${one}/sync`, "get-sync-held");
  await ask({ Name }, `GET ${one}/releases`);
}

/** As if its requirements ran as a layer, and a newer upload of them could not be built. */
async function layered(world: MemoryWorld, name: string): Promise<void> {
  const record = (await world.environments.get(name))!;
  const layer = { key: "l-0", files: { requirements: { versionId: "version-1", sha256: "0", size: 20 } } };
  const settings = { ...record.settings, requirementsS3Path: "requirements.txt" };
  world.environments.items.set(name, { ...record, settings, layer });
  const offer = { number: 1, wanted: "newer", state: "failed", layer, lost: 0, operationId: null, error: "no", at: 1 };
  await world.controlBucket.putLayerText(record.names.prefix, "layers/offer.json", JSON.stringify(offer));
}

async function checked(
  world: MemoryWorld,
  { name, environmentId, names }: EnvironmentItem,
  files: Check["files"],
  held: Check["held"],
): Promise<void> {
  const item = (await world.environments.getRelease(name, environmentId))!;
  const at = world.clock.now() / 1000;
  world.controlBucket.putCheck(names.prefix, {
    ...{ schema: 1, candidate: item.candidate!.id, base: item.release.id, taskId: "task", at, seconds: 0.4 },
    ...{ state: "checked", problem: null, files, held },
  });
}
