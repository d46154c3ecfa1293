// Entry of a process that is the engine alone, so that a test can kill it: `node listening-process.ts <folder>`.
// Says its port on the first line of its output.
import { startEngine } from "./listening-engine.ts";

const engine = await startEngine(process.argv[2] ?? "");
process.stdout.write(`${engine.port}\n`);
// Ends with the test that started it.
process.stdin.on("end", () => process.exit());
process.stdin.resume();
