// What unkind mode puts between the parts of a region. Without it every part is handed back as it came, so that a kind
// region has nothing of this on its way.
import type { Engine, ServiceRequest, ServiceResponse } from "../engine.ts";
import type { InvokeResult } from "../lambda/wiring.ts";
import { type Invocations, kindInvocations, unkindInvocations } from "./invocations.ts";
import type { UnkindSettings } from "./settings.ts";
import { throttledEngine, throttledGateway, throttledS3 } from "./throttling.ts";
import { createUnkind, type Unkind } from "./unkind.ts";

type Handler = Pick<Engine, "signingNames" | "handle">;
type Gateway = (request: ServiceRequest) => Promise<ServiceResponse>;

export interface Surroundings {
  /** For the context of each engine. */
  readonly context: { readonly unkind?: Unkind };
  invocations(invoke: (functionName: string, event: unknown) => Promise<InvokeResult>): Invocations;
  engines(engines: readonly Handler[]): readonly Handler[];
  gateway(gateway: Gateway): Gateway;
  /** For the front door. */
  readonly door: { readonly beforeS3?: (method: string) => void };
  /** Said where the region says that it serves. */
  readonly seed: { readonly unkindSeed?: number };
}

/** @param settings undefined: kind @param log one line for each strike */
export function surroundings(settings: UnkindSettings | undefined, log: (line: string) => void): Surroundings {
  if (!settings) {
    const same = <Part>(part: Part): Part => part;
    return { context: {}, invocations: kindInvocations, engines: same, gateway: same, door: {}, seed: {} };
  }
  const unkind = createUnkind(settings, log);
  return {
    context: { unkind },
    invocations: (invoke) => unkindInvocations(invoke, unkind),
    engines: (engines) => engines.map((engine) => throttledEngine(engine, unkind)),
    gateway: (gateway) => throttledGateway(gateway, unkind),
    door: { beforeS3: throttledS3(unkind) },
    seed: { unkindSeed: settings.seed },
  };
}
