// The commands of access keys and policies: hangar auth …
import type { Command } from "commander";
import { hangarHome } from "../home.ts";

export function addAccessKeyCommands(program: Command): void {
  const auth = program.command("auth").description("who may do what in the region");
  auth
    .command("whoami")
    .description("who the region takes you for")
    .option("--key <name>", "with the key of this user, or the key with this id")
    .option("--json", "as JSON")
    .action(async (options) => (await import("../commands/auth.ts")).whoami(hangarHome(), options));
  auth
    .command("policy")
    .description("show a user's policies, or put one in their place")
    .argument("<user>")
    .argument("[policy]", "admin, operate, read-only, or a file with a policy document")
    .action(async (user: string, given?: string) =>
      (await import("../commands/auth.ts")).policy(hangarHome(), user, given),
    );
  const keys = auth.command("keys").alias("key").description("access keys");
  keys
    .command("list")
    .alias("ls")
    .description("every key, whose it is and what it may do")
    .option("--json", "as JSON")
    .action(async (options) => (await import("../commands/auth.ts")).listKeys(hangarHome(), options));
  keys
    .command("create")
    .description("make a key; its secret is shown once")
    .requiredOption("--name <user>", "whose key; the user is made when there is none of that name")
    .option("--policy <policy>", "admin, operate, read-only, or a file with a policy document")
    .option("--json", "as JSON")
    .option("--profile-env", "as lines for a shell to evaluate: endpoint, region and key")
    .action(async (options) => (await import("../commands/auth.ts")).createKey(hangarHome(), options));
  keys
    .command("revoke")
    .alias("rm")
    .description("revoke a key at once")
    .argument("<id>")
    .action(async (id: string) => (await import("../commands/auth.ts")).revokeKey(hangarHome(), id));
}
