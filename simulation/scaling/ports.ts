// The ports of a look (shared/runtime/scaler.ts) on a simulated environment. Each counts the calls its adapter makes.
import type { EnvironmentItem } from "../../shared/domain/items.ts";
import type { ScalingFacts } from "../../shared/domain/pool.ts";
import type { LoadPoint } from "../../shared/domain/scaling-load.ts";
import type { ScalerPorts } from "../../shared/runtime/scaler.ts";
import type { Agents } from "./agents.ts";
import type { Calls } from "./calls.ts";
import { sampleRecord } from "./record.ts";
import type { Service } from "./service.ts";
import type { World } from "./world.ts";

/** Reports of scheduler and web server lie beside the workers'. */
const otherReports = 2;

/**
 * @param load what CloudWatch answers
 * @param remind has a look made after so many seconds
 */
export function simulatedPorts(
  world: World,
  parts: {
    readonly agents: Agents;
    readonly service: Service;
    readonly calls: Calls;
    readonly facts: ScalingFacts;
    readonly load: (since: number, until: number) => readonly LoadPoint[];
    readonly remind: (seconds: number) => void;
  },
): { readonly name: string; readonly ports: ScalerPorts } {
  const { agenda, workers, limits, dice } = world;
  const { agents, service, calls, facts } = parts;
  let record: EnvironmentItem = sampleRecord(limits);
  const now = () => Math.round(agenda.now * 1000);
  const ports = {
    environments: only<ScalerPorts["environments"]>({
      async get() {
        calls.dynamodbReads += readUnits(record);
        return record;
      },
      async getRelease() {
        calls.dynamodbReads += 1;
        return undefined;
      },
      async replace(item, expected) {
        if (record.generation !== expected) throw new Error("The simulation has one hand an environment.");
        calls.dynamodbWrites += writeUnits(item);
        record = item;
        world.decided(item.workers);
      },
    }),
    containers: only<ScalerPorts["containers"]>({
      async observe([name = ""]) {
        calls.ecs += 4; // DescribeServices, ListTasks twice, DescribeTasks
        const runningTaskIds = workers.present().map(({ id }) => id);
        return [{ name, runningTaskIds, endingTaskIds: [], desiredCount: service.desired, events: [], stopped: [] }];
      },
      async scale(_name, desired) {
        calls.ecs += 1;
        service.scale(desired);
      },
      async stopTasks(ids) {
        calls.ecs += ids.length;
        service.stopTasks(ids);
      },
    }),
    controlBucket: only<ScalerPorts["controlBucket"]>({
      async reports() {
        const reports = agents.reports();
        calls.s3Puts += 1; // a list, which costs as much
        calls.s3Gets += reports.length + otherReports;
        return reports;
      },
      async getControl() {
        calls.s3Gets += 1;
        return agents.document && { document: agents.document, etag: String(agents.document.epoch) };
      },
      async putControl(_prefix, document) {
        calls.s3Puts += 1;
        agents.publish(document);
        return true;
      },
    }),
    loadMetrics: only<ScalerPorts["loadMetrics"]>({
      async load(_environment, since, until) {
        calls.metricGets += 4;
        return parts.load(since, until);
      },
    }),
    reminders: only<ScalerPorts["reminders"]>({
      async remind(_environment, seconds) {
        calls.sqs += 1;
        parts.remind(seconds);
      },
    }),
    clock: only<ScalerPorts["clock"]>({ now }),
    identifiers: only<ScalerPorts["identifiers"]>({ operationId: () => `d${Math.floor(dice.next() * 2 ** 32)}` }),
    pool: { scaling: facts },
  };
  return { name: record.name, ports };
}

const sizes = new WeakMap<EnvironmentItem, number>();
/** Counted once for each version of the record: a look reads it three times. */
function bytesOf(item: EnvironmentItem): number {
  const known = sizes.get(item);
  if (known !== undefined) return known;
  const bytes = JSON.stringify(item).length;
  sizes.set(item, bytes);
  return bytes;
}
const readUnits = (item: EnvironmentItem): number => Math.ceil(bytesOf(item) / 4096);
const writeUnits = (item: EnvironmentItem): number => Math.ceil(bytesOf(item) / 1024);

/** The part of a port that a look uses. @throws Error from anything else that is asked of it */
const only = <Port extends object>(part: Partial<Port>): Port =>
  new Proxy(part, {
    get(target, member) {
      if (member in target) return Reflect.get(target, member) as unknown;
      throw new Error(`The simulation has no answer to ${String(member)}: shared/runtime/scaler.ts asks it now.`);
    },
  }) as Port;
