// From CreateEnvironment to AVAILABLE, canary included, beside a second start of `airflow standalone` of the same image.
// Image and template database are there: what only a version's first environment pays is no part of it.
import { createEnvironment, type Environment, environmentFailure, findEnvironment } from "../cli/environments.ts";
import { type BenchHome, newEnvironment } from "./bench-home.ts";
import type { Bench, Benchmark } from "./benchmark.ts";
import { journalMoments, type Moment, storyText, watchReports } from "./create-timeline.ts";
import { againstPeer } from "./measurement.ts";
import { standaloneOf } from "./standalone/standalone.ts";
import { spreadOf } from "./statistics.ts";
import { pause, secondsSince } from "./waiting.ts";

const wantedRatio = 1.5;
const lookMilliseconds = 100;
const availableSeconds = 600;

interface Created {
  readonly seconds: number;
  readonly story: readonly Moment[];
}

export const create: Benchmark = {
  name: "create",
  async run(bench) {
    const home = await bench.home();
    const standalone = standaloneOf(home.image.python!, bench);
    bench.note("first environment of the version (migrates the template) and first standalone start: thrown away");
    const first = await createOnce(home, "bench-first");
    await home.remove("bench-first");
    const firstStandalone = await standalone.secondsToHealthy();
    bench.note(`thrown away: create ${first.seconds.toFixed(1)} s, standalone ${firstStandalone.toFixed(1)} s`);

    const rounds = bench.quick ? 1 : 5;
    const created: Created[] = [];
    const peers: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const measured = await createOnce(home, `bench-create-${round}`);
      await home.remove(`bench-create-${round}`);
      const peer = await standalone.secondsToHealthy();
      bench.note(`round ${round}: create ${measured.seconds.toFixed(1)} s, standalone ${peer.toFixed(1)} s`);
      created.push(measured);
      peers.push(peer);
    }
    tellWhere(created, bench);
    const seconds = spreadOf(created.map((one) => one.seconds));
    const peer = { what: "airflow standalone, second start", spread: spreadOf(peers) };
    return [againstPeer("API call to AVAILABLE", "s", seconds, peer, wantedRatio)];
  },
};

async function createOnce(home: BenchHome, name: string): Promise<Created> {
  const target = home.target();
  const options = await newEnvironment(target, name);
  const calledAt = Date.now();
  const began = performance.now();
  await createEnvironment(target, name, options);
  const accepted: Moment = { seconds: secondsSince(began), what: "the API call was answered" };
  const { EnvironmentId, OperationId } = (await findEnvironment(target, name))?.Hangar ?? {};
  if (!EnvironmentId || !OperationId)
    throw new Error(`${name} shows no operation right after its create was accepted.`);
  const watch = watchReports(home, EnvironmentId, calledAt);
  try {
    await untilAvailable(target, name);
    const available: Moment = { seconds: secondsSince(began), what: "AVAILABLE" };
    const journal = await journalMoments(home, OperationId, calledAt);
    return { seconds: available.seconds, story: [accepted, ...journal, ...(await watch.end()), available] };
  } finally {
    await watch.end();
  }
}

async function untilAvailable(target: ReturnType<BenchHome["target"]>, name: string): Promise<Environment> {
  const deadline = performance.now() + availableSeconds * 1000;
  for (;;) {
    const environment = await findEnvironment(target, name);
    if (environment?.Status === "AVAILABLE") return environment;
    if (environment?.Status !== "CREATING" || performance.now() > deadline) throw environmentFailure(environment, name);
    await pause(lookMilliseconds);
  }
}

/** The story of the round in the middle. */
function tellWhere(created: readonly Created[], bench: Bench): void {
  const inOrder = [...created].sort((a, b) => a.seconds - b.seconds);
  bench.note(
    `where the time goes, in the round of the median:\n${storyText(inOrder[Math.floor((inOrder.length - 1) / 2)]!.story)}`,
  );
}
