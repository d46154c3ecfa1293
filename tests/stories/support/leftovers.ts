// What a deleted environment must not leave behind.
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { expect } from "vitest";
import type { Environment } from "../../../cli/environments.ts";
import { type Home, nothingRuns, until } from "./hangar.ts";

/** Fails unless no process, service, queue, secret, object, folder or open address of the environment is left. */
export async function environmentLeavesNothing(home: Home, environment: Environment): Promise<void> {
  const id = environment.Hangar!.EnvironmentId;
  const own = (names: readonly string[]) => names.filter((name) => name.includes(id));
  await nothingRuns(home, id);
  const services = await home.aws<{ serviceArns: string[] }>("ecs", "list-services", "--cluster", "hangar");
  expect(own(services.serviceArns)).toEqual([]);
  const queues = await home.aws<{ QueueUrls?: string[] }>("sqs", "list-queues");
  expect(own(queues.QueueUrls ?? [])).toEqual([]);
  const secrets = await home.aws<{ SecretList: { Name: string }[] }>("secretsmanager", "list-secrets");
  expect(own(secrets.SecretList.map(({ Name }) => Name))).toEqual([]);
  const inControl = ["--bucket", "hangar-control", "--prefix", `environments/${id}/`];
  const control = await home.aws<{ Versions?: unknown[] }>("s3api", "list-object-versions", ...inControl);
  expect(control.Versions ?? []).toEqual([]);
  const [host, port] = environment.WebserverUrl.split(":") as [string, string];
  expect(await opens(host, Number(port))).toBe(false);
  await until("its log folder is gone", 20, () => own(readdirSync(join(home.folder, "task-logs"))).length === 0);
}

function opens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
