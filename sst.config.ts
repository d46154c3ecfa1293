/// <reference path="./.sst/platform/config.d.ts" />
// The AWS side of Hangar. Thin on purpose: settings here, one file per concern in stacks/. docs/aws.md says what it makes.

export default $config({
  app(input) {
    const production = input.stage === "production";
    return {
      name: "hangar",
      home: "aws",
      removal: production ? "retain" : "remove",
      protect: production,
      // The version SST itself is pinned to: another one would not fit its components.
      providers: { aws: { version: "7.20.0" } },
    };
  },
  async run() {
    const { alarmTopic } = await import("./stacks/alarm-topic.ts");
    const { api } = await import("./stacks/api.ts");
    const { repository } = await import("./stacks/compute.ts");
    const { table, controlBucket } = await import("./stacks/storage.ts");
    await import("./stacks/alarms.ts");
    await import("./stacks/events.ts");
    await import("./stacks/schedules.ts");
    return {
      api: api.url,
      table: table.name,
      controlBucket: controlBucket.name,
      imageRepository: repository.repositoryUrl,
      alarms: alarmTopic.arn,
    };
  },
});
