// The commands of source buckets: hangar bucket …
import type { Command } from "commander";
import { hangarHome } from "../home.ts";

export function addBucketCommands(program: Command): void {
  program
    .command("bucket")
    .alias("buckets")
    .description("a source bucket's own settings, with your own keys")
    .command("enable-events")
    .description("have a bucket tell of its changes, so that uploads are seen at once; its other notifications stay")
    .argument("<bucket>", "its name, or on this machine that of an environment")
    .option("--dry-run", "show before and after, and change nothing")
    .option("--aws", "a bucket in AWS, with your AWS credentials; without a region on this machine always")
    .option("--json", "before and after as JSON")
    .action(async (bucket, options) =>
      (await import("../commands/bucket.ts")).enableEvents(hangarHome(), bucket, options),
    );
}
