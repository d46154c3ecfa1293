// Three requests of the MWAA API through the front door, signed and verified, side by side with MiniStack's emulation:
// a record read, a page of a long list, and a refusal. Both servers run the whole time; the rounds alternate.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { names } from "../../local/region/deployment.ts";
import { dynamodbEnvironments } from "../../shared/aws/dynamodb-environments.ts";
import { recordIn } from "../../shared/testing/planned.ts";
import type { BenchHome } from "../bench-home.ts";
import type { Benchmark } from "../benchmark.ts";
import { againstPeer, type Row } from "../measurement.ts";
import { percentile, spreadOf } from "../statistics.ts";
import { startMiniStack } from "./ministack.ts";
import { type Case, type Load, type SignedTarget, signedLoad } from "./signed-load.ts";

const environments = 1000;
const concurrent = 16;
const nameOf = (number: number): string => `bench-api-${String(number).padStart(4, "0")}`;

const cases: readonly (Case & { readonly what: string })[] = [
  { what: "GetEnvironment", method: "GET", path: `/environments/${nameOf(environments / 2)}`, status: 200 },
  { what: "ListEnvironments", method: "GET", path: "/environments", status: 200 },
  {
    what: "CreateEnvironment refused",
    method: "PUT",
    path: "/environments/bench-api-refused",
    body: JSON.stringify({ SourceBucketArn: "no-arn", DagS3Path: "dags" }),
    status: 400,
  },
];

interface Round {
  readonly one: Load;
  readonly many: Load;
}

export const api: Benchmark = {
  name: "api",
  async run(bench) {
    const home = await bench.home();
    bench.note(`${environments} environments in either server`);
    const remove = await fill(home);
    const ministack = await startMiniStack(
      bench,
      Array.from({ length: environments }, (_, at) => nameOf(at)),
    );
    const hangar: SignedTarget = { ...home.sdk(), url: home.target().url };
    const peer = `MiniStack ${ministack.version}`;
    const rows: Row[] = [];
    for (const request of cases) {
      const seconds = bench.quick ? 1 : 5;
      for (const target of [hangar, ministack]) await round(target, request, bench.quick ? 1 : 5); // warms both up
      const ours: Round[] = [];
      const theirs: Round[] = [];
      for (let count = 1; count <= (bench.quick ? 1 : 5); count++) {
        ours.push(await round(hangar, request, seconds));
        theirs.push(await round(ministack, request, seconds));
        const [own, other] = [ours.at(-1)!, theirs.at(-1)!];
        bench.note(`${request.what}, round ${count}: Hangar ${roundText(own)} | ${peer} ${roundText(other)}`);
      }
      rows.push(...rowsOf(request.what, ours, theirs, peer));
    }
    await remove();
    return rows;
  },
};

/** Environments no schedule has work with, put straight into the table. @returns what takes them out again */
async function fill(home: BenchHome): Promise<() => Promise<void>> {
  const client = new DynamoDBClient(home.sdk());
  const store = dynamodbEnvironments(client, { tableName: names.table });
  const each = async (work: (name: string, number: number) => Promise<unknown>) => {
    for (let at = 0; at < environments; at += concurrent)
      await Promise.all(
        Array.from({ length: Math.min(concurrent, environments - at) }, (_, more) =>
          work(nameOf(at + more), at + more),
        ),
      );
  };
  await each((name, number) =>
    store.create(recordIn("CREATE_FAILED", { name, environmentId: `e${String(number).padStart(10, "0")}` })),
  );
  return async () => {
    await each(async (name) => {
      const item = await store.get(name);
      if (!item) return;
      const operationId = `remove-${name}`;
      await store.replace({ ...item, generation: item.generation + 1, operationId }, item.generation);
      await store.remove(name, operationId);
    });
    client.destroy();
  };
}

async function round(target: SignedTarget, request: Case, seconds: number): Promise<Round> {
  return {
    one: await signedLoad(target, request, 1, seconds),
    many: await signedLoad(target, request, concurrent, seconds),
  };
}

function rowsOf(what: string, ours: readonly Round[], theirs: readonly Round[], peer: string): readonly Row[] {
  const row = (figure: string, unit: "ms" | "1/s", of: (round: Round) => number) =>
    againstPeer(`${what}, ${figure}`, unit, spreadOf(ours.map(of)), { what: peer, spread: spreadOf(theirs.map(of)) });
  return [
    row("1 client, p50", "ms", ({ one }) => percentile(one.latencies, 50)),
    row("1 client, p99", "ms", ({ one }) => percentile(one.latencies, 99)),
    row("1 client, requests", "1/s", ({ one }) => one.perSecond),
    row(`${concurrent} clients, p50`, "ms", ({ many }) => percentile(many.latencies, 50)),
    row(`${concurrent} clients, p99`, "ms", ({ many }) => percentile(many.latencies, 99)),
    row(`${concurrent} clients, requests`, "1/s", ({ many }) => many.perSecond),
  ];
}

function roundText({ one, many }: Round): string {
  const load = ({ latencies, perSecond }: Load) =>
    `p50 ${percentile(latencies, 50).toFixed(2)} p99 ${percentile(latencies, 99).toFixed(2)} ms, ${perSecond.toFixed(0)}/s`;
  return `1: ${load(one)}; ${concurrent}: ${load(many)}`;
}
