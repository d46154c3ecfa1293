// The environment's monitor and its two alarms that act: what is measured, when CloudWatch has it, when an alarm speaks.
import type { ScalingFacts } from "../../shared/domain/pool.ts";
import type { LoadPoint } from "../../shared/domain/scaling-load.ts";
import type { Agents } from "./agents.ts";
import type { Calls } from "./calls.ts";
import type { World } from "./world.ts";

/** A measurement of so many is lost: a call fails, the database is away. */
const lostShare = 0.002;
/** From PutMetricData until GetMetricData finds it. */
const visibleSeconds = { least: 1, most: 3 };
/** From a measurement over CloudWatch, EventBridge and SQS to a Lambda function that looks. */
const alarmDelay = { least: 2, most: 6 };
/** Until a new document is what the monitor measures against: its agent polls, too. */
const documentSeconds = 5;

/** As the agent's monitor_pace.py: so many looks for growth a period, a second apart at least. */
const looksPerPeriod = 5;
const leastLookSeconds = 1;

interface Sighting extends LoadPoint {
  readonly visibleAt: number;
}

/** Begins to measure. @param raised called when an alarm goes to ALARM, which it does on transitions only */
export function monitor(world: World, facts: ScalingFacts, agents: Agents, calls: Calls, raised: () => void) {
  const { agenda, workers, dice, limits, slots } = world;
  const seen: Sighting[] = [];
  const periods = Math.ceil(facts.surplusSeconds / facts.alarmSeconds);
  let wanted = limits.min;
  let inDeficit = false;
  let surplusRow = 0;
  let told: number | undefined;
  const missing = () => Math.max(0, Math.min(limits.max, Math.max(limits.min, workers.need)) - wanted);
  const tell = () => {
    const { running, queued, need } = workers;
    const visibleAt = (agenda.now + dice.between(visibleSeconds.least, visibleSeconds.most)) * 1000;
    // CloudWatch names a value by the beginning of its period
    const at = Math.floor(agenda.now / facts.metricSeconds) * facts.metricSeconds * 1000;
    seen.push({ at, running, queued, slots, need, visibleAt });
    if (seen.length > 400) seen.splice(0, 200);
    told = missing();
  };
  const raise = () => agenda.after(dice.between(alarmDelay.least, alarmDelay.most), raised);
  const first = dice.between(0, facts.metricSeconds);
  const looks = Math.max(1, Math.min(looksPerPeriod, Math.floor(facts.metricSeconds / leastLookSeconds)));
  for (let look = 1; look < looks; look++)
    agenda.every(facts.metricSeconds, first + (look * facts.metricSeconds) / looks, () => {
      if (told === undefined || missing() <= told) return;
      calls.metricPuts += 1;
      tell();
      if (!inDeficit) raise();
      inDeficit = true;
    });
  agenda.every(facts.metricSeconds, first, () => {
    calls.metricPuts += 2;
    calls.sqs += 1; // GetQueueAttributes
    if (dice.next() < lostShare) {
      inDeficit = false; // missing is not breaching
      surplusRow = 0;
      told = undefined;
      return;
    }
    tell();
    const allowed = Math.min(limits.max, Math.max(limits.min, workers.need));
    const wasInSurplus = surplusRow >= periods;
    surplusRow = wanted > allowed ? surplusRow + 1 : 0;
    const wake = (allowed > wanted && !inDeficit) || (surplusRow >= periods && !wasInSurplus);
    inDeficit = allowed > wanted;
    if (wake) raise();
    const document = agents.document?.workersWanted;
    if (document !== undefined && document !== wanted)
      agenda.after(dice.between(0, documentSeconds), () => {
        wanted = document;
      });
  });
  return {
    /** What GetMetricData answers now. Milliseconds. */
    load: (since: number, until: number): readonly LoadPoint[] =>
      seen.filter(({ at, visibleAt }) => at >= since && at <= until && visibleAt <= agenda.now * 1000),
  };
}
