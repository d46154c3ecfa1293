/// <reference path="./.sst/platform/config.d.ts" />
// The AWS side of Hangar. Thin on purpose: settings here, one file per concern in stacks/.

export default $config({
  app(input) {
    const production = input.stage === "production";
    return {
      name: "hangar",
      home: process.env.SST_HOME_PROVIDER === "local" ? "local" : "aws",
      removal: production ? "retain" : "remove",
      protect: production,
      providers: { aws: { version: "7.20.0", region: (process.env.AWS_REGION ?? "eu-west-1") as aws.Region } },
    };
  },
  async run() {
    return {};
  },
});
