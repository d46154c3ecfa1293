// What every TaskOutput must do: of several tasks the one that ended last is heard, and one that is not known says nothing.
import { expect, test } from "vitest";
import type { TaskOutput } from "../../../shared/ports/task-output.ts";

export interface OutputSubject {
  readonly output: TaskOutput;
  /** Runs a one-off task that writes these lines and ends. */
  oneOff(family: string, token: string, lines: readonly string[]): Promise<void>;
  /** Runs a service whose task writes these lines and goes on. */
  service(name: string, lines: readonly string[]): Promise<void>;
  /** Looks until it holds, as often as the implementation may need. */
  until<Result>(what: string, look: () => Promise<Result | undefined | false>): Promise<Result>;
}

export function taskOutputContract(subject: () => OutputSubject): void {
  test("of a task or service that is not known says nothing", async () => {
    const { output } = subject();
    expect(await output.ofOneOff("suite-nowhere", "suite-nowhere")).toEqual([]);
    expect(await output.ofService("suite-nowhere")).toEqual([]);
  });

  test("of a one-off task gives its lines, oldest first, after it has ended too", async () => {
    const { output, oneOff, until } = subject();
    await oneOff("suite-says", "suite-says-1", ["first", "second"]);
    const lines = await until("its lines", async () => {
      const seen = await output.ofOneOff("suite-says", "suite-says-1");
      return seen.length > 0 && seen;
    });
    expect(lines.slice(-2)).toEqual(["first", "second"]);
  });

  test("keeps tasks of one family apart by their token", async () => {
    const { output, oneOff, until } = subject();
    await oneOff("suite-says", "suite-says-2", ["third"]);
    const said = (token: string) => output.ofOneOff("suite-says", token);
    await until("its line", async () => (await said("suite-says-2")).includes("third"));
    expect(await said("suite-says-1")).not.toContain("third");
  });

  test("of a service gives what a task that runs has written so far", async () => {
    const { output, service, until } = subject();
    await service("suite-serves", ["it starts", "it waits"]);
    const lines = await until("its lines", async () => {
      const seen = await output.ofService("suite-serves");
      return seen.includes("it waits") && seen;
    });
    expect(lines.slice(-2)).toEqual(["it starts", "it waits"]);
  });
}
