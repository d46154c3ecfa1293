// Faults at ports: a call fails before it does anything, or after it has done its work, as a time-out would.

export interface Fault {
  readonly error: Error;
  /** `after`: the work is done, the caller is told it failed. */
  readonly when: "before" | "after";
  left: number;
}

/** Faults by `port.method`, and the record of every call. */
export interface Faults {
  readonly calls: string[];
  add(method: string, fault: Fault): void;
  /** Forgets all faults that have not struck yet. */
  clear(): void;
  /** The same object with its methods failing as told. */
  wrap<Port extends object>(name: string, port: Port): Port;
}

/** No faults yet. */
export function faults(): Faults {
  const pending = new Map<string, Fault[]>();
  const calls: string[] = [];
  const take = (method: string): Fault | undefined => {
    const fault = pending.get(method)?.find((candidate) => candidate.left > 0);
    if (fault) fault.left--;
    return fault;
  };
  return {
    calls,
    add: (method, fault) => void pending.set(method, [...(pending.get(method) ?? []), fault]),
    clear: () => pending.clear(),
    wrap: (name, port) =>
      new Proxy(port, {
        get(target, member, receiver) {
          const value: unknown = Reflect.get(target, member, receiver);
          if (typeof value !== "function" || typeof member !== "string") return value;
          return (...input: unknown[]) => {
            const method = `${name}.${member}`;
            calls.push(method);
            const fault = take(method);
            if (!fault) return Reflect.apply(value, target, input);
            return strike(fault, () => Reflect.apply(value, target, input));
          };
        },
      }),
  };
}

async function strike(fault: Fault, work: () => unknown): Promise<never> {
  if (fault.when === "after") await work();
  throw fault.error;
}
