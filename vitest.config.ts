import { defineConfig } from "vitest/config";
import { LongestFirst } from "./tests/runner/longest-first.ts";

// "unit" is everything `npm run check` needs: offline, no sleeping, about a minute. "processes" start, kill and start again
// programs of ours and PostgreSQL: `npm test` runs them. "stories" start real components.
const unit = {
  // Many of these wait for real sockets and processes; the modules hold no state between files.
  isolate: false,
  maxWorkers: 3,
  testTimeout: 20_000,
  hookTimeout: 30_000,
  env: { POWERTOOLS_LOG_LEVEL: "SILENT", POWERTOOLS_METRICS_DISABLED: "true" },
};
const processes = [
  "cli/commands/*-against-a-stub.test.ts",
  "cli/proxy/{boto3-client,page}.test.ts",
  "local/images/images.test.ts",
  "local/lambda/runtime.test.ts",
  "local/loadbalancer/start.test.ts",
  "local/postgres/start.test.ts",
  "local/{s3,sqs}/kill.test.ts",
  "tests/contract/adapters/{cloudwatch-task-output,ecs-containers,postgres-begun-since,postgres-copies,postgres-databases,postgres-handover,postgres-live}.test.ts",
  "tests/contract/dynamodb/kill.test.ts",
  "tests/contract/ecs/{crash,down-and-up,services,tasks}.test.ts",
  "tests/contract/elbv2/served.test.ts",
  "tests/contract/unkind/*.test.ts",
];

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          ...unit,
          // Node loads the files itself, as it loads them in use; through Vite they cost a tenth more. No module is mocked.
          experimental: { viteModuleRunner: false },
          include: ["{shared,functions,state-machines,local,cli,tests,bench,simulation}/**/*.test.ts"],
          exclude: ["tests/stories/**", "tests/oracle/**", "tests/infra/**", ...processes, "**/node_modules/**"],
        },
      },
      { test: { name: "processes", ...unit, testTimeout: 60_000, include: processes } },
      { test: { name: "infra", include: ["tests/infra/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 180_000 } },
      {
        test: {
          name: "stories",
          include: ["tests/stories/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "oracle",
          include: ["tests/oracle/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          env: { POWERTOOLS_LOG_LEVEL: "SILENT", POWERTOOLS_METRICS_DISABLED: "true" },
        },
      },
    ],
  },
});
