// One world with an environment in every status an API request can meet, made by the real handlers and ladders, with
// secrets that can be told apart from everything else.
import { createEnvironment } from "../../../functions/api/create-environment.ts";
import { deleteEnvironment } from "../../../functions/api/delete-environment.ts";
import { putAccess } from "../../../functions/api/put-access.ts";
import { updateEnvironment } from "../../../functions/api/update-environment.ts";
import type { EnvironmentItem } from "../../../shared/domain/items.ts";
import type { MemoryWorld } from "../../../shared/testing/memory-world.ts";
import { storedText, withSigningKeys } from "../../../state-machines/testing/available.ts";
import { caller, createRequest, emptyWorld } from "../../../state-machines/testing/requests.ts";
import { runLadder } from "../../../state-machines/testing/run-ladder.ts";
import { apiPool } from "./served-api.ts";

/** Environments by name; each stands in the status it is named for. */
export const stateNames = [
  "creating",
  "create-failed",
  "available",
  "updating",
  "update-failed",
  "unavailable",
  "deleting",
] as const;
export type StateName = (typeof stateNames)[number];

/** In the options of every environment of the world: to be found in GetEnvironment's answer and nowhere else. */
export const storedOption = "hunter2-of-the-stored-options";

export interface WorldOfStates {
  readonly world: MemoryWorld;
  /** Everything durable as text, to compare before and after. */
  stored(): string;
  /** Puts everything durable back to what it was when the world was made. */
  restore(): void;
  /** What no answer and no log line may hold. */
  readonly secrets: readonly string[];
  /** An operation of the environment, to be named in a path. */
  operationOf(name: string): string;
}

/** Makes the world. @throws Error when a ladder ends in another status than the environment's name says */
export async function worldOfStates(): Promise<WorldOfStates> {
  const world = emptyWorld();
  const ports = { ...world.ports, pool: apiPool };
  const create = (Name: string) =>
    createEnvironment(
      { ...createRequest, Name, AirflowConfigurationOptions: { "smtp.smtp_password": storedOption }, Tags: { a: "b" } },
      ports,
      caller,
    );
  const update = (Name: string) => updateEnvironment({ Name, EnvironmentClass: "mw1.medium" }, ports, caller);
  const fails = "fails" as const;

  for (const name of stateNames) await create(name);
  await runLadder(world, "create-failed", { DeployServices: fails });
  for (const name of stateNames.slice(2)) await runLadder(world, name);
  for (const name of ["updating", "update-failed", "unavailable"]) await update(name);
  await runLadder(world, "update-failed", { DeployServices: fails });
  await runLadder(world, "unavailable", { CommitOperation: fails });
  await deleteEnvironment({ Name: "deleting" }, ports, caller);
  const Entries = [{ Principal: "*", Role: "Admin" as const }];
  for (const name of stateNames) await putAccess({ Name: name, Entries }, ports);
  for (const name of stateNames) checkStatus(name, world.environments.items.get(name));

  const secrets = distinctSecrets(world);
  const maps = [
    world.environments.items,
    world.environments.releases,
    world.operations.items,
    world.workflows.executions,
    world.controlBucket.objects,
    world.secretVault.secrets,
  ] as unknown as readonly Map<string, unknown>[];
  const kept = maps.map((map) => structuredClone([...map]));
  return {
    world,
    secrets,
    stored: () => storedText(world),
    restore() {
      for (const [at, map] of maps.entries()) {
        map.clear();
        for (const [key, value] of structuredClone(kept[at]!)) map.set(key, value);
      }
    },
    operationOf: (name) =>
      [...world.operations.items.values()].findLast(({ environmentName }) => environmentName === name)!.operationId,
  };
}

function checkStatus(name: StateName, item: EnvironmentItem | undefined): void {
  const wanted = name.toUpperCase().replace("-", "_");
  if (item?.status !== wanted) throw new Error(`Environment ${name} has status ${item?.status}.`);
}

/** Draws the vault's values anew: the world's own count up and cannot be told from other numbers. */
function distinctSecrets(world: MemoryWorld): readonly string[] {
  const { secrets } = world.secretVault;
  for (const [name, values] of secrets) {
    secrets.set(
      name,
      Object.fromEntries(Object.keys(values).map((key) => [key, `vault-value-${key}-of-${name.split("/").at(-1)}`])),
    );
  }
  for (const { names } of world.environments.items.values())
    if (secrets.has(names.signInSecret)) withSigningKeys(world, names.signInSecret);
  const values = [...secrets.values()].flatMap((one) => Object.entries(one));
  return values.filter(([key]) => key !== "publicKey").map(([, value]) => value);
}
