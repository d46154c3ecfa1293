// The laws of the house: who may import what, where time and chance come in, and how files are named.
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type FunctionWiring, functions } from "../functions/wiring.ts";
import { routes } from "../functions/routes.ts";
import { queues, schedules } from "../functions/triggers.ts";
import { machines } from "../state-machines/contract.ts";
import { mayImport, roomOf, rooms } from "./architecture/import-law.ts";
import { importsOf, type SourceFile, sourceFiles, withoutComments } from "./architecture/source-files.ts";

const files = sourceFiles(".ts", ".mjs");
const production = files.filter((file) => !file.isTest);
const inRooms = production.filter((file) =>
  /^(shared|functions|state-machines|stacks|local|cli|contracts|simulation)\//.test(file.path),
);
const paths = (found: readonly SourceFile[]) => found.map((file) => file.path);
const named = (target: object): string => Object.values(target).join();

/** Files that may be longer than 300 lines, and why they are not split. */
const long: Readonly<Record<string, string>> = {
  "functions/wiring.ts": "one table of data: which functions there are, and what each may touch",
  "local/front/front-door.test.ts": "one story: everything a signature can be, against one door",
  "local/sqs/engine.test.ts": "one engine's guarantees; its parts share the clock and the queue",
  "shared/domain/plan-create.test.ts": "one decision; its tables share the request they vary",
  "tests/contract/adapters/database-copies.suite.ts": "one port's contract, told in order, run by two implementations",
  "tests/contract/dynamodb/suite.ts": "one service's contract, run by two implementations",
  "tests/contract/elbv2/elbv2.test.ts": "one service's contract",
  "tests/contract/sqs/suite.ts": "one service's contract, run by two implementations",
  "tests/contract/stepfunctions/suite.ts": "one service's contract",
  "tests/stories/main-job.test.ts": "one story told in order; each of its steps stands on the one before",
};

/** Where a tool wants a default export. */
const defaultExports = ["sst.config.ts", "vitest.config.ts", "local/dynamodb/dynalite.d.ts"];

/** What runs where a stack is deployed reads the deployer's environment; the one script also waits for a tool. */
const deployTime = ["stacks/settings.ts", "stacks/prepare.mjs"];

describe("the import law", () => {
  it("has a room for every production file", () => {
    expect(paths(inRooms.filter((file) => !roomOf(file.path)))).toEqual([]);
  });

  it.each(rooms)("$name", (room) => {
    const own = inRooms.filter((file) => roomOf(file.path) === room);
    expect(own.length, "no file stands in this room").toBeGreaterThan(0);
    const broken = own.flatMap((file) =>
      importsOf(file)
        .filter((target) => !mayImport(room, target))
        .map((target) => `${file.path} imports ${named(target)}`),
    );
    expect(broken).toEqual([]);
  });

  it("sees every form an import has", () => {
    const code = withoutComments(`
      // import "comment";
      import "./side-effect.ts";
      import type { A } from "../types.ts";
      import {
        b,
      } from "@scope/name/deep";
      export * from "./again.ts";
      export { c } from 'node:fs';
      const d = await import("./later.ts");
      type E = typeof import("pg/lib/e");
      const address = "https://example.com/"; const from = "text";
    `);
    expect(importsOf({ path: "shared/domain/x.ts", code }).map(named).toSorted()).toEqual(
      [
        "shared/domain/side-effect.ts",
        "shared/types.ts",
        "@scope/name",
        "shared/domain/again.ts",
        "node:fs",
        "shared/domain/later.ts",
        "pg",
      ].toSorted(),
    );
  });

  it("would be noticed if broken: a step that calls the SDK, a decision that asks the runtime, a test double in use", () => {
    const broken: [string, { file: string } | { package: string }][] = [
      ["functions/steps/create-queue.ts", { package: "@aws-sdk/client-sqs" }],
      ["functions/steps/create-queue.ts", { file: "functions/steps/delete-queue.ts" }],
      ["functions/api/get-environment.ts", { file: "shared/aws/dynamodb-environments.ts" }],
      ["shared/domain/verdict.ts", { file: "shared/runtime/logger.ts" }],
      ["shared/runtime/logger.ts", { package: "@aws-sdk/client-s3" }],
      ["local/s3/store.ts", { file: "shared/domain/names.ts" }],
      ["cli/main.ts", { file: "shared/domain/names.ts" }],
      ["shared/runtime/settlement.ts", { file: "shared/testing/memory-world.ts" }],
    ];
    for (const [path, target] of broken)
      expect(mayImport(roomOf(path)!, target), `${path} ${named(target)}`).toBe(false);
  });
});

describe("time, chance and environment are arguments", () => {
  const outside = inRooms.filter(
    (file) => !/^(shared\/(runtime|aws)|local|cli)\//.test(file.path) && !deployTime.includes(file.path),
  );
  const using = (pattern: RegExp) => paths(outside.filter((file) => pattern.test(file.code)));

  it("no clock is read", () =>
    expect(using(/\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bhrtime\b/)).toEqual([]));
  it("no timer is set", () => expect(using(/\bset(Timeout|Interval|Immediate)\b|node:timers/)).toEqual([]));
  it("no dice are thrown", () =>
    expect(using(/\bMath\.random\b|\brandom(UUID|Bytes|Int)\b|\bgetRandomValues\b/)).toEqual([]));
  it("no process environment is read, but where a stack is deployed", () =>
    expect(using(/\bprocess\.env\b|from "node:process"/)).toEqual([]));
});

describe("files", () => {
  it("export by name; a default export stands only where a tool demands one", () => {
    const found = files.filter((file) => /^export default\b|\bas default\b/m.test(file.code));
    expect(paths(found).filter((path) => !defaultExports.includes(path))).toEqual([]);
  });

  it("are named for what they are: no utils, helpers or managers, and no barrels", () => {
    const vague = /(^|[/.-])(utils?|helpers?|managers?|misc|common|index)\.(ts|mjs|py)$/;
    expect(paths(sourceFiles(".ts", ".mjs", ".py")).filter((path) => vague.test(path))).toEqual([]);
    expect(paths(inRooms.filter((file) => /^export \* from/m.test(file.code)))).toEqual([]);
  });

  it("stay under 300 lines, or have a reason here", () => {
    const lines = (file: SourceFile) => file.text.split("\n").length - 1;
    const found = sourceFiles(".ts", ".mjs", ".py").filter(
      (file) => lines(file) > 300 && !file.path.endsWith(".generated.ts"),
    );
    expect(paths(found).filter((path) => !(path in long))).toEqual([]);
    expect(Object.keys(long).filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
  });

  it("say in their first line what they are for", () => {
    expect(paths(inRooms.filter((file) => !/^(#!.*\n)?\/\/ \S/.test(file.text)))).toEqual([]);
  });

  it("import zod as a namespace, so that a bundle holds one form of it", () => {
    const found = files.flatMap((file) =>
      [...file.code.matchAll(/^import\s.*from "zod(?:\/.*)?";?$/gm)].map(([line]) => line),
    );
    expect(found.filter((line) => !/^import (type )?\* as z from "zod";$/.test(line))).toEqual([]);
  });
});

describe("functions/wiring.ts", () => {
  const entries = Object.entries(functions) as [string, FunctionWiring][];
  const fileOf = (handler: string) => handler.replace(/\.handler$/, ".ts");
  const handlers = production.filter((file) => /^functions\/(api|steps|events|schedules)\//.test(file.path));

  it("names every handler there is, by its file's name, and no other", () => {
    expect(entries.map(([, { handler }]) => fileOf(handler)).toSorted()).toEqual(paths(handlers).toSorted());
    for (const [name, { handler }] of entries) expect(handler).toMatch(new RegExp(`/${name}\\.handler$`));
  });

  it.each(handlers)("$path exports its handler", ({ code }) => {
    expect(code).toMatch(/^export const handler = /m);
  });

  it.each(entries)("%s may touch exactly the ports it is given", (_, { handler, ports }) => {
    const file = handlers.find(({ path }) => path === fileOf(handler))!;
    const provided = importsOf(file).flatMap((target) => {
      const port = "file" in target && target.file.match(/^shared\/runtime\/provide\/([a-z-]+)\.ts$/)?.[1];
      return port && port !== "clock" ? [port.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())] : [];
    });
    expect([...ports].toSorted()).toEqual(provided.toSorted());
  });

  it("leaves no function without a caller", () => {
    const called = new Set<string>([
      ...routes.map((route) => route.function),
      ...queues.map((queue) => queue.consumer.function),
      ...schedules.map((schedule) => schedule.function),
      ...machines.flatMap((machine) => Object.values(machine.functionOfState)),
    ]);
    expect([...called].toSorted()).toEqual(Object.keys(functions).toSorted());
  });

  it("has a contract for every state machine file, and a file for every contract", () => {
    expect(machines.map(({ file }) => file).toSorted()).toEqual(paths(sourceFiles(".asl.json")).toSorted());
  });
});
