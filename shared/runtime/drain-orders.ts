// Orders an operation gives its environment's tasks through the record and the control document, and takes back: to drain, to
// pause. What had let go for good is replaced.
import { HangarError } from "../domain/errors.ts";
import type { EnvironmentItem, OperationItem } from "../domain/items.ts";
import { withdrawal } from "../domain/worker-drain.ts";
import type { Containers } from "../ports/containers.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { Environments } from "../ports/environments.ts";
import { changeEnvironment } from "./change-environment.ts";
import { publishControl } from "./control-publisher.ts";

interface Ports {
  readonly containers: Containers;
  readonly controlBucket: ControlBucket;
  readonly environments: Environments;
}

/**
 * Writes orders into the record, then into the control document. Only while the record points to this operation: a hand that
 * comes late changes nothing.
 * @returns the epoch of the document that lies there now; undefined when the environment is gone
 */
export async function giveOrders(
  operation: OperationItem,
  orders: Pick<EnvironmentItem, "drains" | "pause">,
  ports: Pick<Ports, "controlBucket" | "environments">,
): Promise<number | undefined> {
  const { environmentName, environmentId, operationId } = operation;
  await changeEnvironment(
    { name: environmentName, environmentId },
    (environment) => (environment.operationId === operationId ? orders : undefined),
    ports,
  );
  return publishControl(operation, ports);
}

/**
 * Replaces the workers of a service that had let go when the drain was withdrawn.
 * @param epoch of the control document that no longer asks for it
 * @param heard whose word is waited for; a task that has only just been started may be left out
 * @throws DependencyUnavailable while some have not read yet that it was
 */
export async function replaceReleased(
  given: { readonly service: string; readonly prefix: string; readonly epoch: number },
  ports: Pick<Ports, "containers" | "controlBucket">,
  heard: "all" | "those that have reported" = "all",
): Promise<void> {
  const [[service], reports] = await Promise.all([
    ports.containers.observe([given.service]),
    ports.controlBucket.reports(given.prefix),
  ]);
  const running = service?.runningTaskIds ?? [];
  const asked = heard === "all" ? running : running.filter((id) => reports.some(({ taskId }) => taskId === id));
  const { released, undecided } = withdrawal(asked, reports, given.epoch);
  await ports.containers.stopTasks(released, "Hangar withdrew the drain this worker had already finished.");
  if (undecided.length > 0)
    throw new HangarError(
      "DependencyUnavailable",
      `${undecided.length} workers have not read yet that their drain was withdrawn. Try again in a few seconds.`,
    );
}
