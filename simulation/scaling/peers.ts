// The rules Hangar's is held against, as their documentation has them, on the same workers and the same load.
import type { Scaler, World } from "./world.ts";
import type { Worker } from "./workers.ts";

/** As many workers as are allowed, always: nobody waits less, and nothing costs more. */
export const always: Scaler = ({ workers, limits, decided }) => {
  for (let more = limits.max - limits.min; more > 0; more--) workers.start(0);
  decided(limits.max);
  return undefined;
};

/**
 * MWAA (user guide, "Amazon MWAA automatic scaling", the present text; mechanics: aws/amazon-mwaa-docker-images):
 * (running + queued) / tasks per worker, between the limits, by metrics of a minute that are a minute old. Down as the load
 * falls: a worker that was idle at two looks a minute apart, not counting its first three minutes, asks for no more, waits
 * 20 s and goes if nothing came; one that got a task stays. Busy workers are protected. So it loses nothing.
 */
export const mwaa: Scaler = (world) => {
  const { agenda, workers, dice } = world;
  const idleSince = new Map<Worker, number>();
  let measured = wanted(world);
  let target = measured;
  agenda.every(60, dice.between(0, 60), () => {
    target = measured;
    measured = wanted(world);
    world.decided(target);
    while (workers.present().length < target) workers.start();
  });
  agenda.every(60, dice.between(0, 60), () => {
    for (const worker of workers.present()) {
      const looked = worker.ready && agenda.now - worker.startedAt > 180 && worker.hand.size === 0;
      const before = idleSince.get(worker);
      idleSince.set(worker, looked ? (before ?? 0) + 1 : 0);
      const spare = workers.present().filter(({ paused }) => !paused).length - target;
      if (spare <= 0 || idleSince.get(worker)! < 2 || worker.paused) continue;
      workers.pause(worker);
      agenda.after(20, () => (worker.hand.size === 0 ? workers.stop(worker, 0) : workers.resume(worker)));
    }
  });
  return undefined;
};

/**
 * KEDA with the chart of Apache Airflow: ceil((running + queued) / slots) every 30 s, up at once, down to the most of the
 * last 300 s. Kubernetes takes the youngest workers; each gets SIGTERM, finishes what it has and is killed after 600 s,
 * the chart's grace. What runs longer is lost.
 */
export const keda: Scaler = (world) => {
  byFormula(world, 30, (present, target) => {
    for (const worker of present.slice(target)) world.workers.stop(worker, 600);
  });
  return undefined;
};

/**
 * The same formula set as the desired count of an ECS service without protection: ECS takes any worker, which has the 120 s
 * that Fargate grants at most. It is here to show that the model loses tasks.
 */
export const unprotected: Scaler = (world) => {
  byFormula(world, 10, (present, target) => {
    for (let less = present.length - target; less > 0; less--)
      world.workers.stop(present.splice(world.dice.below(present.length), 1)[0]!, 120);
  });
  return undefined;
};

/** Up at once, down to the most of the last 300 s. @param take takes workers away until so many are left */
function byFormula(world: World, everySeconds: number, take: (present: Worker[], target: number) => void): void {
  const { agenda, workers, dice } = world;
  const recent: { readonly at: number; readonly count: number }[] = [];
  agenda.every(everySeconds, dice.between(0, everySeconds), () => {
    recent.push({ at: agenda.now, count: wanted(world) });
    while (agenda.now - recent[0]!.at > 300) recent.shift();
    const target = Math.max(...recent.map(({ count }) => count));
    world.decided(target);
    const present = workers.present();
    for (let more = target - present.length; more > 0; more--) workers.start();
    take(present, target);
  });
}

const wanted = ({ workers, limits }: World): number => Math.min(limits.max, Math.max(limits.min, workers.need));
