// What the checks consist of.
import { readdirSync } from "node:fs";

export interface Suite {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** From the project's root. */
  readonly cwd?: string;
  /** More for its environment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** How its output says how many passed and failed; `exit` counts as one check. */
  readonly counts: "vitest" | "pytest" | "exit";
  readonly minutes: number;
  /** It waits for nothing outside of itself, and takes what others leave of the processors. */
  readonly patient?: boolean;
  /** Only root can do what it needs: skipped by everybody else. */
  readonly needsRoot?: boolean;
}

const bin = (name: string) => `node_modules/.bin/${name}`;
const python = (name: string) => `.venv/dataplane/bin/${name}`;
const biome = `node_modules/@biomejs/cli-linux-${process.arch}/biome`;
const vitest = (project: string): readonly [string, ...string[]] => [bin("vitest"), "run", "--project", project];

const unit: Suite = { name: "unit", command: vitest("unit"), counts: "vitest", minutes: 10 };

/** From the project's root: what a check leaves to the next one, which need not do again what has not changed. */
export const kept = "node_modules/.cache/hangar-check";

const quick: readonly Suite[] = [
  {
    name: "types",
    command: [bin("tsc"), "--noEmit", "-p", ".", "--incremental", "--tsBuildInfoFile", `${kept}/types.tsbuildinfo`],
    counts: "exit",
    minutes: 5,
  },
  { name: "lint", command: [biome, "check", "."], counts: "exit", minutes: 2 },
  {
    name: "service model",
    command: [process.execPath, "contracts/generate-model.mjs", "--check"],
    counts: "exit",
    minutes: 1,
  },
  {
    name: "status table",
    command: [process.execPath, "docs/generate-status-table.mjs", "--check"],
    counts: "exit",
    minutes: 1,
  },
  {
    name: "python lint",
    command: [`../${python("ruff")}`, "check", "."],
    cwd: "dataplane",
    counts: "exit",
    minutes: 2,
  },
  {
    name: "python format",
    command: [`../${python("ruff")}`, "format", "--check", "."],
    cwd: "dataplane",
    counts: "exit",
    minutes: 2,
  },
  {
    name: "python",
    command: [`../${python("pytest")}`, "-m", "not process"],
    cwd: "dataplane",
    counts: "pytest",
    minutes: 5,
  },
];

/**
 * Offline once set up, about a minute: `npm run check`. Two lanes, run beside each other: the unit tests wait for sockets
 * and processes most of the time, and all the rest fits into that.
 */
export const checks: readonly (readonly Suite[])[] = [quick, [unit]];

/** Story files by what they take, the longest first; one that is not named comes after these. */
const longestFirst = ["upgrade", "scaling", "sync", "whole-api", "main-job", "first-environment"];
const storyFile = /^(.+)\.test\.ts$/;
const storyFolder = "tests/stories";
/** A small disk of their own is mounted. */
const storiesOfRoot = ["full-disk"];

const story = (name: string): Suite => ({
  name: `story: ${name}`,
  command: [...vitest("stories"), `${storyFolder}/${name}.test.ts`],
  counts: "vitest",
  minutes: 25,
  needsRoot: storiesOfRoot.includes(name),
});

const components: readonly Suite[] = [
  {
    name: "python on Airflow",
    command: [process.execPath, "tests/tools/on-real-airflow.ts"],
    counts: "pytest",
    minutes: 25,
    patient: true,
  },
  { name: "infrastructure", command: vitest("infra"), counts: "vitest", minutes: 20, patient: true },
  {
    name: "python processes",
    command: [`../${python("pytest")}`, "-m", "process and not real"],
    cwd: "dataplane",
    counts: "pytest",
    minutes: 12,
  },
  { name: "processes", command: vitest("processes"), counts: "vitest", minutes: 12 },
  {
    name: "explorations",
    command: [...vitest("unit"), ".explore.test.ts"],
    variables: { HANGAR_SCHEDULES: "3000" }, // the checks play some hundreds
    counts: "vitest",
    minutes: 15,
    patient: true,
  },
  { name: "oracle", command: vitest("oracle"), counts: "vitest", minutes: 10 },
  {
    name: "infrastructure types",
    command: [bin("tsc"), "--noEmit", "-p", "stacks"],
    counts: "exit",
    minutes: 10,
    patient: true,
  },
];

/**
 * With real components: `npm test` runs these after the checks. Stories two at a time, the longest first: an environment waits a
 * good part of its time (for polls, periods, stops, package indexes), but three would make two cores late for what the stories
 * wait for. Beside them, one after the other and at a lower priority, what waits for nobody takes the processor time they leave.
 * @param root the project's root, with a slash at its end
 */
export function slowLanes(root: string): readonly Iterable<Suite>[] {
  const files = readdirSync(`${root}${storyFolder}`).flatMap((file) => storyFile.exec(file)?.[1] ?? []);
  const named = longestFirst.filter((name) => files.includes(name));
  const others = files.filter((name) => !longestFirst.includes(name)).sort();
  const patient = components.filter((suite) => suite.patient);
  const queue = [...named.map(story), ...components.filter((suite) => !suite.patient), ...others.map(story)].values();
  return [queue, queue, patient];
}
