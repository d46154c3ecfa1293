// Runs the real ASL file on the in-memory world, as the workflow service would, with mischief at chosen states. Waits
// and retry pauses take no time; the world's clock moves instead.
import { readFileSync } from "node:fs";
import { StateMachine } from "aws-local-stepfunctions";
import { sweepOperations } from "../../functions/schedules/sweep-operations.ts";
import { prepareDefinition } from "../../local/stepfunctions/definition.ts";
import type { OperationKind } from "../../shared/domain/ladders.ts";
import { executionName } from "../../shared/domain/sweep.ts";
import type { StepEvent } from "../../shared/runtime/step-handler.ts";
import type { AllPorts, createMemoryWorld } from "../../shared/testing/memory-world.ts";
import { machines } from "../contract.ts";
import { callStep, type InvocationContext } from "./steps.ts";

export type Mischief =
  /** The step's own work throws, each time it is tried. */
  | "fails"
  /** The work is done and journaled, the caller sees a time-out. */
  | "timesOutAfterItsWork"
  /** The function dies after its work, before the journal: the caller sees Lambda.Unknown. */
  | "diesBeforeTheJournal"
  /** The caller sees a time-out at once; the work happens later, within the function's deadline. */
  | "becomesAZombie"
  /** The whole execution dies after this state; the sweeper resumes it. */
  | "executionDiesAfterIt"
  /** The function is called twice with the same input. */
  | "isCalledTwice";

export interface LadderRun {
  readonly end: string;
  /** Task states entered, in order, over all attempts. */
  readonly entered: readonly string[];
  readonly attempts: number;
}

type World = ReturnType<typeof createMemoryWorld>;

const functionMilliseconds = 60_000;
const mostAttempts = 8;

/**
 * Runs the operation an environment points to until an execution ends by itself.
 * @param mischief Task state → what goes wrong there (each once, `fails` always)
 */
export async function runLadder(
  world: World,
  environmentName: string,
  mischief: Readonly<Record<string, Mischief>> = {},
): Promise<LadderRun> {
  const environment = await world.environments.get(environmentName);
  const operationId = environment?.operationId;
  const kind = environment?.operationKind;
  if (!operationId || !kind) throw new Error(`${environmentName} has no operation in flight.`);
  const rig = new Rig(world, kind, new Map(Object.entries(mischief)));
  Error.stackTraceLimit = 0;
  try {
    return await ended(rig, world, operationId);
  } finally {
    Error.stackTraceLimit = usualStackTraceLimit;
  }
}

/** At every look-up of a path the interpreter throws an error of its library and catches it: their stacks are a quarter of its work. */
const usualStackTraceLimit = Error.stackTraceLimit;

async function ended(rig: Rig, world: World, operationId: string): Promise<LadderRun> {
  for (let attempts = 1; attempts <= mostAttempts; attempts++) {
    const operation = (await world.operations.get(operationId))!;
    const end = await rig.execute({ operationId, attempt: operation.attempt });
    if (end !== "died") return { end, entered: rig.entered, attempts };
    world.workflows.end(executionName(operation), world.clock.now());
    world.clock.advance(functionMilliseconds + 1000);
    await sweepOperations({ ...world.ports, pool: { longestStepSeconds: 60 } });
  }
  return { end: "unfinished", entered: rig.entered, attempts: mostAttempts };
}

class Rig {
  readonly entered: string[] = [];
  readonly #world: World;
  readonly #mischief: Map<string, Mischief>;
  readonly #definition: Record<string, unknown>;
  readonly #functionOfState: ReadonlyMap<string, string>;
  #zombies: { release: () => void; done: Promise<unknown> }[] = [];
  #calls = 0;

  constructor(world: World, kind: OperationKind, mischief: Map<string, Mischief>) {
    this.#world = world;
    this.#mischief = mischief;
    const prepared = preparedOf(kind);
    this.#definition = prepared.definition;
    this.#functionOfState = prepared.functionOfState;
  }

  /** One execution. @returns the name of the end state, or "died" */
  async execute(input: { operationId: string; attempt: number }): Promise<string> {
    const states = this.#definition["States"] as Record<string, { Type: string; Retry?: unknown[] }>;
    const names = (type: string) => Object.keys(states).filter((name) => states[name]!.Type === type);
    const machine = new StateMachine(this.#definition as never, { validationOptions: { noValidate: true } });
    let last = "";
    let died = false;
    const run = machine.run(input as never, {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(
          names("Task").map((state) => [
            state,
            async (event: unknown) => {
              if (died) throw new Error("this execution is dead");
              this.entered.push(state);
              const answer = await this.#call(state, event as StepEvent);
              if (this.#take(state, "executionDiesAfterIt")) {
                died = true;
                run.abort();
              }
              return answer as never;
            },
          ]),
        ),
        waitTimeOverrides: Object.fromEntries(names("Wait").map((state) => [state, 0])),
        retryIntervalOverrides: Object.fromEntries(
          names("Task").map((state) => [state, Array.from(states[state]!.Retry ?? [], () => 0)]),
        ),
      },
    });
    const follow = (async () => {
      for await (const event of run.eventLogs) if (event.type === "StateEntered") last = event.state.name;
    })();
    const failed = await run.result.then(
      () => false,
      () => true,
    );
    await follow.catch(() => undefined);
    if (died) return "died";
    await this.#releaseZombies();
    if (failed && !["RolledBack", "Stuck"].includes(last)) throw new Error(`The machine broke at ${last}.`);
    return last;
  }

  async #call(state: string, event: StepEvent): Promise<unknown> {
    this.#world.clock.advance(1000);
    const name = this.#functionOfState.get(state)!;
    if (this.#take(state, "isCalledTwice")) {
      const first = await this.#invoke(name, event, this.#world.ports);
      const second = await this.#invoke(name, event, this.#world.ports);
      if (JSON.stringify(first) !== JSON.stringify(second) && !name.startsWith("check-"))
        throw new Error(`${state} answered differently the second time.`);
      return second;
    }
    if (this.#mischief.get(state) === "fails") return this.#invoke(name, event, breaking(this.#world.ports));
    if (this.#take(state, "timesOutAfterItsWork")) {
      await this.#invoke(name, event, this.#world.ports);
      throw named("States.Timeout", "the caller saw no answer in time");
    }
    if (this.#take(state, "diesBeforeTheJournal")) {
      await this.#invoke(name, event, forgetful(this.#world.ports)).catch(() => undefined);
      throw named("Lambda.Unknown", "the function died");
    }
    if (this.#take(state, "becomesAZombie")) return this.#zombie(name, event);
    try {
      return await this.#invoke(name, event, this.#world.ports);
    } catch (error) {
      if ((error as Error).name === "StepBusy") await this.#releaseZombies();
      throw error;
    }
  }

  /** The function goes on after its caller gave up: at the latest when somebody finds the step busy. */
  #zombie(name: string, event: StepEvent): never {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const done = this.#invoke(name, event, gated(this.#world.ports, gate)).catch(() => undefined);
    this.#zombies.push({ release, done });
    throw named("States.Timeout", "the caller saw no answer in time");
  }

  async #releaseZombies(): Promise<void> {
    const zombies = this.#zombies;
    this.#zombies = [];
    for (const zombie of zombies) {
      zombie.release();
      await zombie.done;
    }
    this.#world.clock.advance(15_000);
  }

  #invoke(name: string, event: StepEvent, ports: AllPorts): Promise<unknown> {
    const context: InvocationContext = {
      awsRequestId: `call-${++this.#calls}`,
      getRemainingTimeInMillis: () => functionMilliseconds,
    };
    return callStep(name, event, context, ports);
  }

  #take(state: string, wanted: Mischief): boolean {
    if (this.#mischief.get(state) !== wanted) return false;
    this.#mischief.delete(state);
    return true;
  }
}

type Prepared = ReturnType<typeof prepareDefinition>;
const preparedMachines = new Map<OperationKind, Prepared>();

/** The file as it is installed, read once: running it changes nothing of it. */
function preparedOf(kind: OperationKind): Prepared {
  const known = preparedMachines.get(kind);
  if (known) return known;
  const { file } = machines.find((machine) => machine.name === kind)!;
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  const prepared = prepareDefinition(
    text.replaceAll(/\$\{([a-z-]+)\.(?:run|undo)\}/g, "arn:aws:lambda:us-east-1:000000000000:function:$1"),
  );
  preparedMachines.set(kind, prepared);
  return prepared;
}

type PortWrap = (call: () => unknown, port: string, method: string) => unknown;

/** The same ports with every asynchronous call of the world (not of the operation item) wrapped. */
function wrapped(ports: AllPorts, wrap: PortWrap, except: readonly string[] = ["operations"]): AllPorts {
  const proxyOf = (name: string, port: object): object =>
    new Proxy(port, {
      get(target, member, receiver) {
        const value: unknown = Reflect.get(target, member, receiver);
        if (typeof value !== "function") return value;
        // says whose eyes are looked through, and calls nothing yet
        if (member === "as") return (role: unknown) => proxyOf(name, Reflect.apply(value, target, [role]) as object);
        return (...input: unknown[]) => wrap(() => Reflect.apply(value, target, input), name, String(member));
      },
    });
  const entries = Object.entries(ports).map(([name, port]: [string, object]) =>
    ["clock", "identifiers", ...except].includes(name) ? [name, port] : [name, proxyOf(name, port)],
  );
  return Object.fromEntries(entries) as AllPorts;
}

const breaking = (ports: AllPorts): AllPorts =>
  wrapped(ports, async (_call, port, method) => {
    throw new Error(`${port}.${method} is broken`);
  });

/** The work is done, but the operation item's end is never written: the second update of the call throws. */
function forgetful(ports: AllPorts): AllPorts {
  let updates = 0;
  const operations = {
    ...ports.operations,
    get: ports.operations.get.bind(ports.operations),
    create: ports.operations.create.bind(ports.operations),
    update: async (...input: Parameters<AllPorts["operations"]["update"]>) => {
      if (++updates > 1) throw new Error("the function is dead");
      return ports.operations.update(...input);
    },
  };
  return { ...ports, operations };
}

const gated = (ports: AllPorts, gate: Promise<void>): AllPorts =>
  wrapped(ports, async (call) => {
    await gate;
    return call();
  });

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}
