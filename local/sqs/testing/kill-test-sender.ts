// The process that engine.test.ts kills: sends without pause and reports every message it was told is kept.
import { createSqsEngine } from "../engine.ts";
import { askJson } from "./small-engine.ts";

const engine = createSqsEngine({
  folder: process.argv[2]!,
  region: "us-east-1",
  accountId: "000000000000",
  now: Date.now,
});
await askJson(engine, "CreateQueue", { QueueName: "q" });
const QueueUrl = "http://127.0.0.1/000000000000/q";
// Bounded: when the parent is gone or never kills, this ends by itself.
for (let count = 0; count < 5_000 && process.connected; count++) {
  // Four at a time, so that sends also share commits.
  const sends = [0, 1, 2, 3].map((lane) => ({ QueueUrl, MessageBody: `message ${count}.${lane}` }));
  for (const sent of await Promise.all(sends.map((input) => askJson(engine, "SendMessage", input)))) {
    process.send!(sent.MessageId);
  }
}
await engine.close();
process.disconnect();
