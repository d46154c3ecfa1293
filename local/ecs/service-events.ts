// The last twenty events of a service, in the words ECS uses.
import { randomUUID } from "node:crypto";
import type { ServiceRecord, TaskRecord } from "./records.ts";

const KEPT_EVENTS = 20;
/** ECS repeats a complaint that still holds only now and then. */
const REPEAT_AFTER_MILLISECONDS = 60_000;

/** Adds `(service <name>) <message>`; the caller writes the service. A complaint just made is not made again. */
export function addEvent(service: ServiceRecord, message: string, now: number): void {
  const text = `(service ${service.name}) ${message}`;
  const last = service.events.find((event) => event.message === text);
  if (last && now - last.createdAt < REPEAT_AFTER_MILLISECONDS && service.events[0] === last) return;
  service.events = [{ id: randomUUID(), createdAt: now, message: text }, ...service.events].slice(0, KEPT_EVENTS);
}

/** `(task <id>) (task <id>)` */
export function taskNames(tasks: readonly TaskRecord[]): string {
  return tasks.map((task) => `(task ${task.id})`).join(" ");
}
