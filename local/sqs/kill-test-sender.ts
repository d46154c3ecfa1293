// The process that engine.test.ts kills: sends without pause and reports every message it was told is kept.
import { createSqsEngine } from "./engine.ts";
import { askJson } from "./testing.ts";

const engine = createSqsEngine({
  folder: process.argv[2]!,
  region: "us-east-1",
  accountId: "000000000000",
  now: Date.now,
});
await askJson(engine, "CreateQueue", { QueueName: "q" });
const QueueUrl = "http://127.0.0.1/000000000000/q";
// Bounded: when the parent is gone or never kills, this ends by itself.
for (let count = 0; count < 20_000 && process.connected; count++) {
  const { MessageId } = await askJson(engine, "SendMessage", { QueueUrl, MessageBody: `message ${count}` });
  process.send!(MessageId);
  if (count % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
}
await engine.close();
process.disconnect();
