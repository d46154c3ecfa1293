// What an environment costs while nothing happens: processor time of its tasks beside the same five components started by
// hand, and the memory of the agents alone.
import { airflowClient } from "../../cli/airflow-client.ts";
import { webLogin } from "../../cli/environments.ts";
import type { BenchHome } from "../bench-home.ts";
import type { Bench } from "../benchmark.ts";
import { againstLimit, againstPeer, type Row } from "../measurement.ts";
import { allProcesses, type ProcessEntry, proportionalMegabytes, withDescendants } from "../processes.ts";
import { startByHand } from "../region/by-hand.ts";
import { spreadOf } from "../statistics.ts";
import { pause, waitFor } from "../waiting.ts";
import { processorPercent } from "./processor-time.ts";
import { createOneSlotEnvironment } from "./scaling-environment.ts";

const name = "bench-idle";
const wantedRatio = 1.15;
const agentLimitMegabytes = 40;
const samples = 5;

export async function measureIdle(bench: Bench): Promise<readonly Row[]> {
  const home = await bench.home();
  const environment = await createOneSlotEnvironment(home, name);
  const airflow = await airflowClient(await webLogin(home.target(), name));
  await waitFor("Airflow is healthy", 120, 500, () => airflow.get("/monitor/health"));
  await settle(bench);
  const tasks = () => processesOfTasks(home);
  const managed = await sampled(bench, () => tasks().map(({ pid }) => pid));
  const agents = agentsOf(tasks());
  for (const { role, pids } of agents)
    bench.note(`agent of ${role}: ${proportionalMegabytes(pids).toFixed(1)} MB in ${pids.length} processes`);
  const memory = agents.map(({ pids }) => proportionalMegabytes(pids));

  const byHand = await startByHand(home, environment, tasks(), bench);
  try {
    await settle(bench);
    const roots = byHand.pids;
    const peer = await sampled(bench, () => withDescendants(roots).map(({ pid }) => pid));
    return [
      againstPeer(
        "idle environment with its agents, processor time of one core",
        "%",
        spreadOf(managed),
        { what: "five components by hand", spread: spreadOf(peer) },
        wantedRatio,
      ),
      againstLimit("agent and guardian of one task (PSS), the largest", "MB", highest(memory), agentLimitMegabytes),
    ];
  } finally {
    await byHand.stop();
    await home.remove(name);
  }
}

const settle = (bench: Bench): Promise<void> => pause(bench.quick ? 5_000 : 45_000);

async function sampled(bench: Bench, pids: () => readonly number[]): Promise<readonly number[]> {
  const values: number[] = [];
  for (let count = 0; count < (bench.quick ? 2 : samples); count++)
    values.push(await processorPercent(pids, bench.quick ? 5 : 20));
  return values;
}

const highest = (values: readonly number[]) => ({ ...spreadOf(values), value: Math.max(...values) });

/** Launchers, agents, their guardians, and all components below. */
const processesOfTasks = (home: BenchHome): readonly ProcessEntry[] => {
  const own = home
    .processes()
    .filter(({ command }) => command.includes("launcher.sh") || command.includes("hangar_agent"));
  return withDescendants(own.map(({ pid }) => pid));
};

/** Our own processes of each task, by the role its agent was started with. */
function agentsOf(processes: readonly ProcessEntry[]): readonly { role: string; pids: readonly number[] }[] {
  const entries = allProcesses();
  const roots = processes.filter(({ command }) => /hangar_agent run --role \w+/.test(command));
  return roots.map(({ pid, command }) => {
    const own = withDescendants([pid], entries).filter((one) => one.command.includes("hangar_agent"));
    return { role: /--role (\w+)/.exec(command)![1]!, pids: own.map((one) => one.pid) };
  });
}
