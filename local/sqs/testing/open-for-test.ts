// A small engine for the test that runs. Apart from small-engine.ts, which also serves programs outside the test runner.
import { onTestFinished } from "vitest";
import type { Engine, EngineContext } from "../../engine.ts";
import type { Schedule } from "../long-poll.ts";
import { manualTime, testContext } from "./small-engine.ts";

/**
 * Opens an engine over a fresh folder and a clock moved by hand; both are gone when the test ends.
 * @param create makes the engine, e.g. `createSqsEngine`
 */
export function openForTest<Running extends Engine>(create: (context: EngineContext, schedule: Schedule) => Running) {
  const time = manualTime();
  const context = testContext(time.now);
  onTestFinished(context.remove);
  const engine = create(context, time.schedule);
  onTestFinished(() => engine.close());
  return { time, context, engine };
}
