import { defineConfig } from "vitest/config";

// "unit" is everything `npm run check` needs: offline, no sleeping, about a minute. "stories" start real components.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          // Many of these wait for real sockets and processes; the modules hold no state between files.
          isolate: false,
          maxWorkers: 3,
          testTimeout: 20_000,
          hookTimeout: 30_000,
          env: { POWERTOOLS_LOG_LEVEL: "SILENT", POWERTOOLS_METRICS_DISABLED: "true" },
          include: ["{shared,functions,state-machines,local,cli,tests,bench}/**/*.test.ts"],
          exclude: ["tests/stories/**", "tests/oracle/**", "tests/infra/**", "**/node_modules/**"],
        },
      },
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
