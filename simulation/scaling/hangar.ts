// Hangar's own scaling, the real code: measurements raise alarms, alarms and reminders and a schedule have it look.
import { schedules } from "../../functions/triggers.ts";
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
/** One run of the schedule sends a message for each environment, and each is a look of its own. */
export const scheduleSeconds = schedules.find((one) => one.function === "reconcile-scaling")!.everySeconds;

/** @param facts others than the usual ones, to try them */
export const hangar =
  (facts: ScalingFacts = samplePool.scaling): Scaler =>
  (world) => {
    const { agenda, workers, dice } = world;
    const calls = new Calls();
    const agents = new Agents(agenda, dice, workers, () => service.settle());
    const service = new Service(workers, agents.isProtected, (worker) => agents.add(worker));
    for (const worker of world.first) agents.add(worker);
    const look = (raised = false) => scaleWorkers(name, ports, { raised });
    const { load } = monitor(world, facts, agents, calls, () => {
      calls.eventLooks += 1;
      calls.sqs += 2; // received and deleted
      return agenda.after(lookSeconds, () => look(true));
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
    agenda.every(scheduleSeconds, dice.between(0.2, 2), () => {
      calls.scheduleLooks += 1;
      calls.sqs += 3; // sent, received and deleted
      return look();
    });
    return calls;
  };
