// npm run simulate -- <what>: models that the real decisions are tried on. Nothing is started, nothing is called.
import { readOptions, scalingUsage } from "./scaling/options.ts";
import { simulateScaling } from "./scaling/simulation.ts";

const [what, ...args] = process.argv.slice(2);
try {
  if (what !== "scaling")
    throw new Error(what === undefined ? "What shall be simulated?" : `There is no simulation of ${what}.`);
  const note = (text: string) => void process.stderr.write(`  ${text}\n`);
  await simulateScaling(readOptions(args), (text) => console.log(text), note);
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  console.error(`  fix: ${scalingUsage}`);
  process.exitCode = 2;
}
