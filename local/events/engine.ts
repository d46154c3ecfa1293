// EventBridge on one machine: the default bus, rules with patterns, and two kinds of target: queues and functions.
import { randomUUID } from "node:crypto";
import type { BusEvent, Engine, EngineContext } from "../engine.ts";
import { answerJson } from "../json-protocol.ts";
import { type DeliveryOptions, startDelivery } from "./delivery.ts";
import { compilePattern, type EventPattern } from "./pattern.ts";
import { putEvents } from "./put-events.ts";
import { ruleOperations } from "./rule-operations.ts";
import { openStore, type TargetRow } from "./store.ts";
import { unkindDeliveries } from "./unkind-deliveries.ts";

export type EventsOptions = EngineContext & Pick<DeliveryOptions, "sendToQueue" | "invoke">;

/** A rule as the wiring declares it. */
export type DeclaredRule = { readonly name: string; readonly pattern: EventPattern } & (
  | { readonly queue: string }
  | { readonly function: string }
);

export interface EventsEngine extends Engine {
  /** Takes an event of another engine; it is durable, with all its deliveries, when this returns. */
  publish(event: BusEvent): void;
  /** Makes the declared rules be exactly these. Rules made by PutRule are left alone. @throws ServiceError */
  declare(rules: readonly DeclaredRule[]): void;
}

export function createEventsEngine(options: EventsOptions): EventsEngine {
  const { region, accountId, now } = options;
  const store = openStore(options.folder);
  const delivery = startDelivery({ store, now, sendToQueue: options.sendToQueue, invoke: options.invoke });
  let compiled: { name: string; matches: (event: unknown) => boolean; targets: readonly TargetRow[] }[] | undefined;
  const rulesChanged = () => {
    compiled = undefined;
  };

  function activeRules() {
    compiled ??= store
      .rules()
      .filter((rule) => rule.state === "ENABLED")
      .map(({ name, pattern }) => ({
        name,
        matches: compilePattern(JSON.parse(pattern)),
        targets: store.targets(name),
      }));
    return compiled;
  }

  function publish(event: BusEvent): void {
    const wire = { version: "0", ...event };
    const deliveries = activeRules()
      .filter((rule) => rule.matches(wire))
      .flatMap((rule) =>
        rule.targets.map((target) => ({ rule: rule.name, targetArn: target.arn, payload: payloadFor(target, wire) })),
      );
    if (deliveries.length === 0) return;
    store.enqueue(options.unkind ? unkindDeliveries(deliveries, options.unkind) : deliveries, now());
    delivery.kick();
  }

  function publishEntry(entry: Pick<BusEvent, "source" | "detail-type" | "resources" | "detail" | "time">): string {
    const id = randomUUID();
    publish({ id, account: accountId, region, ...entry });
    return id;
  }

  const operations = {
    ...ruleOperations({ store, region, accountId, rulesChanged }),
    PutEvents: (input: Record<string, unknown>) => putEvents(input, { publish: publishEntry, now }),
  };

  return {
    signingNames: ["events"],
    handle: (request) => answerJson("1.1", operations, request),
    publish,
    declare(rules) {
      for (const { pattern } of rules) compilePattern(pattern);
      store.transaction(() => {
        for (const rule of store.rules()) {
          if (!rule.declared) continue;
          for (const target of store.targets(rule.name)) store.deleteTarget(rule.name, target.id);
          store.deleteRule(rule.name);
        }
        for (const rule of rules) {
          const { name, pattern } = rule;
          store.putRule({ name, pattern: JSON.stringify(pattern), state: "ENABLED", description: "", declared: 1 });
          const arn =
            "queue" in rule
              ? `arn:aws:sqs:${region}:${accountId}:${rule.queue}`
              : `arn:aws:lambda:${region}:${accountId}:function:${rule.function}`;
          store.putTarget({ rule: name, id: "declared", arn, input: null, inputPath: null });
        }
      });
      rulesChanged();
    },
    async close() {
      await delivery.close();
      store.close();
    },
  };
}

/** The target's own fixed input, the part of the event it asked for, or all of it. */
function payloadFor(target: TargetRow, wire: Readonly<Record<string, unknown>>): string {
  if (target.input !== null) return target.input;
  if (target.inputPath === null || target.inputPath === "$") return JSON.stringify(wire);
  let value: unknown = wire;
  for (const part of target.inputPath.slice(2).split("."))
    value = (value as Record<string, unknown> | undefined)?.[part];
  return JSON.stringify(value ?? {});
}
