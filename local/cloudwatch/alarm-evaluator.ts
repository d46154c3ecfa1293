// Looks at alarms when it is time to: high-resolution ones every ten seconds and as soon as their metric has data, all
// others every full minute. A bounded number at a time, so that thousands of alarms never hold up a request.
import type { Schedule } from "../sqs/long-poll.ts";
import { metricOf } from "./alarm.ts";
import { datapointsOf, evaluationRange } from "./alarm-datapoints.ts";
import { changeState } from "./alarm-state.ts";
import type { AlarmStore } from "./alarm-store.ts";
import { evaluateAlarm } from "./evaluate-alarm.ts";
import type { Metric, MetricStore } from "./metric-store.ts";

export interface AlarmEvaluator {
  /**
   * Data of these metrics came in: their high-resolution alarms are looked at once the put is answered. CloudWatch would
   * find the same within ten seconds; as every datapoint covers a whole period, what is found sooner is not found easier.
   */
  metricsChanged(metrics: readonly Metric[]): void;
  close(): void;
}

const highResolutionMilliseconds = 10_000;
const standardMilliseconds = 60_000;
const atOnce = 50;

export function startAlarmEvaluator(options: {
  readonly alarms: AlarmStore;
  readonly metrics: Pick<MetricStore, "samples">;
  readonly now: () => number;
  readonly schedule: Schedule;
  readonly region: string;
  readonly accountId: string;
  /** Something lies in the outbox. */
  readonly stateChanged: () => void;
}): AlarmEvaluator {
  const { alarms, metrics, now, schedule } = options;
  /** Names of the alarms whose turn it is; an alarm is in it once, however many reasons there are to look at it. */
  const due = new Set<string>();
  let closed = false;
  let cancelNext: (() => void) | undefined;
  const cancelTicks = new Map<boolean, () => void>();

  function evaluate(name: string): void {
    const alarm = alarms.find(name);
    if (!alarm) return;
    const { configuration } = alarm;
    const range = evaluationRange(configuration, now());
    const samples = metrics.samples(metricOf(configuration), range.from, range.to, configuration.unit);
    const verdict = evaluateAlarm(configuration, datapointsOf(configuration, range, samples), now());
    if (verdict === undefined || verdict.value === alarm.state.value) return;
    if (changeState(alarms, alarm, verdict, { ...options, now: now() })) options.stateChanged();
  }

  function evaluateSome(): void {
    cancelNext = undefined;
    for (const name of [...due].slice(0, atOnce)) {
      due.delete(name);
      try {
        evaluate(name);
      } catch (error) {
        // A full disk, say. The state stays what it was, and the next turn finds the same again.
        process.stderr.write(`cloudwatch: alarm ${name} could not be evaluated: ${String(error)}\n`);
      }
    }
    goOn();
  }

  function goOn(): void {
    if (!closed && due.size > 0) cancelNext ??= schedule(evaluateSome, 0);
  }

  function add(names: readonly string[]): void {
    for (const name of names) due.add(name);
    goOn();
  }

  function tick(highResolution: boolean): void {
    const every = highResolution ? highResolutionMilliseconds : standardMilliseconds;
    const next = (): void => {
      tick(highResolution);
      try {
        add(alarms.names({ highResolution }));
      } catch (error) {
        process.stderr.write(`cloudwatch: alarms could not be listed: ${String(error)}\n`);
      }
    };
    cancelTicks.set(highResolution, schedule(next, every - (now() % every)));
  }

  tick(true);
  tick(false);
  return {
    metricsChanged(changed) {
      add(changed.flatMap((metric) => alarms.highResolutionOfMetric(metric)));
    },
    close() {
      closed = true;
      cancelNext?.();
      for (const cancel of cancelTicks.values()) cancel();
    },
  };
}
