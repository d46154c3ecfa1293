// What may be there of an environment that rests after changes of its version: one generation, and the snapshots its record names.
import type { Environment } from "../../../cli/environments.ts";
import { until } from "./hangar.ts";
import { databasesOf, rowsOf } from "./metadata.ts";
import type { Place } from "./place.ts";

const ownServices = 3;

/** Waits until nothing of another generation is left. @throws Error with all that is there and should not be */
export const noOrphans = (place: Place, name: string, seconds = 90): Promise<boolean> =>
  until("nothing of another generation is left", seconds, async () => {
    const found = await orphansOf(place, await place.environment(name));
    if (found.length > 0) throw new Error(found.join("; "));
    return true;
  });

/** Databases, roles, queues, services, target groups, secrets and one-off tasks that belong to no live generation. */
async function orphansOf(place: Place, environment: Environment): Promise<readonly string[]> {
  const id = environment.Hangar!.EnvironmentId;
  const { home } = place;
  const own = (names: readonly string[]) => names.filter((one) => one.includes(id));
  const listed = <Output>(...words: string[]) => home.aws<Output>(...words);
  const { serviceArns } = await listed<{ serviceArns: string[] }>("ecs", "list-services", "--cluster", "hangar");
  const services = own(serviceArns).map((arn) => arn.split("/").at(-1)!);
  const generations = [...new Set(services.map((service) => service.slice(service.lastIndexOf("-g") + 1)))];
  const ofLive = (one: string) => generations.some((generation) => new RegExp(`-${generation}(-canary)?$`).test(one));
  const { QueueUrls = [] } = await listed<{ QueueUrls?: string[] }>("sqs", "list-queues");
  const { TargetGroups } = await listed<{ TargetGroups: { TargetGroupName: string }[] }>(
    ...["elbv2", "describe-target-groups"],
  );
  const { SecretList } = await listed<{ SecretList: { Name: string }[] }>("secretsmanager", "list-secrets");
  const { taskArns } = await listed<{ taskArns: string[] }>("ecs", "list-tasks", "--cluster", "hangar");
  const tasks = taskArns.length
    ? (
        await listed<{ tasks: { group?: string; taskArn: string }[] }>(
          ...["ecs", "describe-tasks", "--cluster", "hangar", "--tasks", ...taskArns],
        )
      ).tasks
    : [];
  const databases = await databasesOf(home.folder, id);
  const snapshots = new Set((environment.Hangar!.Snapshots ?? []).map(({ Name }) => Name));
  const open = databases.filter(({ isOpen }) => isOpen).map((one) => one.name);
  const roles = await rowsOf<{ name: string }>(
    ...([home.folder, "postgres", "select rolname as name from pg_roles where rolname like $1", [`%${id}%`]] as const),
  );
  return [
    ...(services.length === ownServices && generations.length === 1 ? [] : [`services ${services.join(", ")}`]),
    ...(open.length === 2 ? [] : [`open databases ${open.join(", ")}`]),
    ...databases
      .filter((one) => !one.isOpen && !snapshots.has(one.name))
      .map((one) => `sealed database ${one.name}, which is no snapshot`),
    ...[...snapshots]
      .filter((one) => !databases.some((database) => database.name === one && !database.isOpen))
      .map((one) => `snapshot ${one}, whose database is not there or not sealed`),
    ...roles
      .map((one) => one.name)
      .filter((role) => ![...open, ...snapshots].includes(role))
      .map((role) => `role ${role}`),
    ...own(QueueUrls)
      .map((url) => url.split("/").at(-1)!)
      .filter((queue) => !ofLive(queue))
      .map((queue) => `queue ${queue}`),
    ...own(TargetGroups.map(({ TargetGroupName }) => TargetGroupName))
      .filter((group) => !ofLive(group))
      .map((group) => `target group ${group}`),
    ...own(SecretList.map(({ Name }) => Name))
      .filter((secret) => secret.startsWith("hangar/copies/"))
      .map((secret) => `secret ${secret}`),
    ...tasks
      .filter(({ group }) => group?.includes(id) && !group.startsWith("service:"))
      .map(({ group, taskArn }) => `task ${taskArn.split("/").at(-1)} of ${group}`),
  ];
}
