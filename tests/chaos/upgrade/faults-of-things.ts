// Things that are not as they should be: a key, a queue, a row, a disk, an option, somebody at the database; and a person who cancels.
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { Client } from "pg";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { pause } from "../../../bench/waiting.ts";
import { targetOf } from "../../../cli/region-process.ts";
import { until } from "../../stories/support/hangar.ts";
import { newestOperation, stepBegins } from "../../stories/support/upgrading.ts";
import type { Fault } from "./fault.ts";
import { environmentName, type UpgradePlace } from "./place.ts";

/** Where the database no longer runs into anybody; half a minute is long for a copy of some megabytes. */
const fullSeconds = 25;
const ballastRows = 800_000;
/** Less than the database takes with its ballast, more than PostgreSQL's log of changes needs meanwhile. */
const roomMegabytes = 44;
const canarySeconds = 90;
const longestBeforeCancelMilliseconds = 60_000;

const isOver = async (place: UpgradePlace) => (await newestOperation(place, environmentName)).Status !== "RUNNING";

export const faultsOfThings: readonly Fault[] = [
  {
    name: "table-in-the-way",
    ends: ["old"],
    async prepare(place) {
      // the migration to 3.3 makes one of this name (0112)
      await place.rows("create table public.task_state_store (note text)");
      await place.rows(`alter table public.task_state_store owner to "${await ownerOf(place)}"`);
      return async () => void (await place.rows("drop table public.task_state_store"));
    },
    inject: async () => "a table that the migration makes was there before",
  },
  {
    name: "option-nobody-can-read",
    ends: ["old"],
    request: { AirflowConfigurationOptions: { "core.parallelism": "plenty" } },
    inject: async () => "core.parallelism is no number on the new version",
  },
  {
    name: "queue-gone",
    ends: ["old"],
    isLong: true,
    async inject(place) {
      // before anybody of the new generation has found it
      await stepBegins(place, environmentName, "migrate-database");
      const { QueueUrls = [] } = await place.home.aws<{ QueueUrls?: string[] }>("sqs", "list-queues");
      const canaries = QueueUrls.filter((url) => url.includes(place.environmentId) && url.endsWith("-canary"));
      // that of the generation that is live stays: its workers cannot start without
      const newest = canaries.toSorted((one, other) => generationOf(one) - generationOf(other)).at(-1)!;
      await place.home.ok("exec", "--", "aws", "sqs", "delete-queue", "--queue-url", newest);
      await place.hurry("check-services", canarySeconds);
      await place.hurry("check-canary", canarySeconds);
      return `the new generation's canary queue deleted; a canary may take ${canarySeconds} s`;
    },
  },
  {
    name: "wrong-fernet-key",
    ends: ["old"],
    async inject(place) {
      await stepBegins(place, environmentName, "copy-database");
      const putBack = await otherFernetKey(place);
      // the task has read it by now, or the upgrade has turned round without; the old tasks start later, with the old one
      await until("the migration has the wrong key", 180, async () => {
        const runs = place.home.processes(place.environmentId).some(({ command }) => command.includes("migrate-copy"));
        return runs || isOver(place);
      }).finally(putBack);
      return "the migration was given another Fernet key";
    },
  },
  {
    name: "somebody-connects",
    ends: ["new", "old"],
    async inject(place, chance) {
      const database = await place.live();
      let times = 0;
      let client: Client | undefined;
      while (!(await isOver(place)) && !(await hasBegun(place, "migrate-database"))) {
        client = await connectTo(place, database).catch(() => undefined);
        if (client) times++;
        // stays, until it is told to leave, and comes again
        const left = client && new Promise<void>((resolve) => client!.once("end", resolve));
        await Promise.race([left ?? pause(50), pause(4000)]);
        await client?.end().catch(() => undefined);
        await pause(chance.between(5, 400));
      }
      return `an administrator came in ${times} times before and during the copy`;
    },
  },
  {
    name: "disk-full-at-copy",
    ends: ["old"],
    needsDisk: true,
    async prepare(place) {
      const owner = await ownerOf(place);
      await place.rows(`create schema ballast authorization "${owner}"`);
      await place.rows(
        `create table ballast.weight as select md5(random()::text) as value from generate_series(1, ${ballastRows})`,
      );
      await place.rows(`alter table ballast.weight owner to "${owner}"`);
      await place.rows("checkpoint");
      return async () => {
        place.disk!.makeRoom();
        await place.rows("drop schema ballast cascade");
      };
    },
    async inject(place) {
      await stepBegins(place, environmentName, "stop-services");
      place.disk!.fill(roomMegabytes);
      await until("it turned round", fullSeconds, () => isOver(place)).catch(() => undefined);
      place.disk!.makeRoom();
      return `PostgreSQL's disk had ${roomMegabytes} MB left when the copy was made`;
    },
  },
  {
    name: "cancel",
    ends: ["new", "old"],
    async inject(place, chance) {
      const delay = chance.between(0, longestBeforeCancelMilliseconds);
      await pause(delay);
      const { OperationId } = await newestOperation(place, environmentName);
      const { code } = await place.home.hangar("op", "cancel", environmentName, OperationId, "--no-wait");
      return `cancelled after ${(delay / 1000).toFixed(1)} s${code === 0 ? "" : ": refused, it was too late"}`;
    },
  },
];

const generationOf = (queue: string): number => Number(/-g(\d+)-canary$/.exec(queue)?.[1]);

const hasBegun = async (place: UpgradePlace, step: string) =>
  (await newestOperation(place, environmentName)).Steps.some(
    ({ Step, StartedAt }) => Step === step && StartedAt !== undefined,
  );

async function ownerOf(place: UpgradePlace): Promise<string> {
  const [row] = await place.rows<{ owner: string }>(
    "select tableowner as owner from pg_tables where schemaname = 'public' and tablename = 'dag_run'",
  );
  return row!.owner;
}

/** Stores a key of the right form in place of the environment's. @returns stores the right one again */
async function otherFernetKey(place: UpgradePlace): Promise<() => Promise<void>> {
  const { url, region, key } = targetOf(place.home.folder);
  const client = new SecretsManagerClient({ endpoint: url, region, credentials: key });
  const SecretId = `hangar/environments/${place.environmentId}`;
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
  const put = (text: string) => client.send(new PutSecretValueCommand({ SecretId, SecretString: text }));
  const fernetKey = randomBytes(32).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  await put(JSON.stringify({ ...(JSON.parse(SecretString!) as object), fernetKey }));
  return async () => {
    await put(SecretString!);
    client.destroy();
  };
}

async function connectTo(place: UpgradePlace, database: string): Promise<Client> {
  const read = (name: string) => readFileSync(join(place.home.folder, "postgres", name), "utf8").trim();
  const client = new Client({
    ...{ host: "127.0.0.1", port: Number(read("port")), user: "postgres", database },
    password: read("superuser-password"),
  });
  client.on("error", () => undefined); // told to leave
  await client.connect();
  return client;
}
