// GetEnvironment through the front door, signed and verified, side by side with MiniStack's MWAA emulation. Both run the
// whole time, and so does one idle Airflow: the rounds alternate, so that each meets the same machine.
import type { Benchmark } from "../benchmark.ts";
import { againstPeer, type Row } from "../measurement.ts";
import { percentile, spreadOf } from "../statistics.ts";
import { startMiniStack } from "./ministack.ts";
import { type Load, type SignedTarget, signedLoad } from "./signed-get.ts";

const name = "bench-get-environment";
const path = `/environments/${name}`;
const concurrent = 16;

interface Round {
  readonly one: Load;
  readonly many: Load;
}

export const getEnvironment: Benchmark = {
  name: "get-environment",
  async run(bench) {
    const home = await bench.home();
    const environment = await home.create(name);
    const hangar: SignedTarget = { ...home.sdk(), url: home.target().url };
    const ministack = await startMiniStack(bench, name, settingsOf(environment));
    const peer = `MiniStack ${ministack.version}`;
    const seconds = bench.quick ? 1 : 5;
    for (const target of [hangar, ministack]) await round(target, 1); // warms both up
    const ours: Round[] = [];
    const theirs: Round[] = [];
    for (let count = 1; count <= (bench.quick ? 1 : 5); count++) {
      ours.push(await round(hangar, seconds));
      theirs.push(await round(ministack, seconds));
      bench.note(`round ${count}: Hangar ${roundText(ours.at(-1)!)} | ${peer} ${roundText(theirs.at(-1)!)}`);
    }
    await home.remove(name);
    return rows(ours, theirs, peer);
  },
};

/** What both get: no more than CreateEnvironment asks for. */
const settingsOf = (environment: object): object => {
  const { AirflowVersion, EnvironmentClass, SourceBucketArn, DagS3Path, ExecutionRoleArn, NetworkConfiguration } =
    environment as Record<string, unknown>;
  return { AirflowVersion, EnvironmentClass, SourceBucketArn, DagS3Path, ExecutionRoleArn, NetworkConfiguration };
};

async function round(target: SignedTarget, seconds: number): Promise<Round> {
  return {
    one: await signedLoad(target, path, 1, seconds),
    many: await signedLoad(target, path, concurrent, seconds),
  };
}

function rows(ours: readonly Round[], theirs: readonly Round[], peer: string): readonly Row[] {
  const row = (what: string, unit: "ms" | "1/s", figure: (round: Round) => number) =>
    againstPeer(what, unit, spreadOf(ours.map(figure)), { what: peer, spread: spreadOf(theirs.map(figure)) });
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
