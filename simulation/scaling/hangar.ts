// Hangar's own scaling, the real code: measurements raise alarms, alarms and reminders and a schedule have it look.
import { schedules } from "../../functions/triggers.ts";
import { functions } from "../../functions/wiring.ts";
import type { ScalingFacts } from "../../shared/domain/pool.ts";
import { scaleWorkers } from "../../shared/runtime/scaler.ts";
import { Agents } from "./agents.ts";
import { Calls } from "./calls.ts";
import { monitor } from "./monitor.ts";
import { simulatedPorts } from "./ports.ts";
import { samplePool } from "./record.ts";
import { Service } from "./service.ts";
import type { Scaler } from "./world.ts";

/** One look in a Lambda function: three calls in parallel, then at most four one after the other (assumed). */
export const lookSeconds = 0.25;
/** The schedule looks at one environment after the other, within one invocation. */
export const schedule = {
  everySeconds: schedules.find((one) => one.function === "reconcile-scaling")!.everySeconds,
  timeoutSeconds: functions["reconcile-scaling"].timeoutSeconds,
};
/** How many environments one run of the schedule gets to. */
export const mostScheduled = Math.floor(schedule.timeoutSeconds / lookSeconds);

/** @param facts others than the usual ones, to try them */
export const hangar =
  (facts: ScalingFacts = samplePool.scaling): Scaler =>
  (world) => {
    const { agenda, workers, dice, position } = world;
    const calls = new Calls();
    const agents = new Agents(agenda, dice, workers, () => service.settle());
    const service = new Service(workers, agents.isProtected, (worker) => agents.add(worker));
    for (const worker of world.first) agents.add(worker);
    const look = () => scaleWorkers(name, ports);
    const { load } = monitor(world, facts, agents, calls, () => {
      calls.eventLooks += 1;
      calls.sqs += 2; // received and deleted
      return agenda.after(lookSeconds, look);
    });
    const { name, ports } = simulatedPorts(world, {
      agents,
      service,
      calls,
      facts,
      load,
      remind: (seconds) =>
        agenda.after(seconds + dice.between(0.05, 0.5), () => {
          calls.eventLooks += 1;
          calls.sqs += 2;
          return look();
        }),
    });
    if (position < mostScheduled)
      agenda.every(schedule.everySeconds, (position + 1) * lookSeconds, () => {
        calls.scheduleLooks += 1;
        return look();
      });
    return calls;
  };
