// The synth itself: what would fail a deployment must fail it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resourcesOf } from "./synth/graph.ts";
import { prepare, synthesize } from "./synthesize.ts";

const folders: string[] = [];

/** A project of one configuration and one handler. */
function project(run: string): string {
  const root = mkdtempSync(path.join(tmpdir(), "hangar-synth-test-"));
  folders.push(root);
  mkdirSync(path.join(root, "functions"));
  writeFileSync(path.join(root, "functions", "hello.ts"), "export const handler = async () => ({ hello: true });\n");
  writeFileSync(
    path.join(root, "sst.config.ts"),
    `export default $config({ app: () => ({ name: "sample", home: "aws", providers: { aws: "7.20.0" } }), async run() { ${run} } });\n`,
  );
  return root;
}

/** Reads our own settings, deployed with this quota. */
const settingsWith = (quota: string) =>
  `process.env.HANGAR_QUOTA_WORKERS = "${quota}"; await import(${JSON.stringify(path.resolve("stacks/settings.ts"))});`;

beforeAll(prepare);
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe("the synth", () => {
  it("prints what a program would make, the same way twice", async () => {
    const root = project(
      `new sst.aws.Function("Hello", { handler: "functions/hello.handler" }); new sst.aws.Queue("Mail");`,
    );
    const [first, second] = [await synthesize("test", root), await synthesize("test", root)];
    expect(first.errors).toEqual([]);
    expect(first.bundles).toMatchObject([{ function: "Hello", handler: "functions/hello.handler", minified: false }]);
    expect(resourcesOf(first, "aws:sqs/queue:Queue")).toHaveLength(1);
    expect(second.resources).toEqual(first.resources);
  });

  it("fails on a handler that does not exist", async () => {
    const graph = await synthesize(
      "test",
      project(`new sst.aws.Function("Hello", { handler: "functions/missing.handler" });`),
    );
    expect(graph.errors.join("\n")).toContain("Handler not found: functions/missing.handler");
  });

  it("fails on an error thrown while outputs resolve, after the program's own end", async () => {
    const graph = await synthesize(
      "test",
      project(`new sst.aws.Queue("Mail").arn.apply(() => { throw new Error("late trouble"); });`),
    );
    expect(graph.errors.join("\n")).toContain("late trouble");
  });

  it.each(["", "25"])("takes '%s' for a quota", async (quota) => {
    expect((await synthesize("test", project(settingsWith(quota)))).errors).toEqual([]);
  });

  it.each(["0", "many", "2.5"])("fails on '%s' for a quota: a pool must not take it for none", async (quota) => {
    const graph = await synthesize("test", project(settingsWith(quota)));
    expect(graph.errors.join("\n")).toContain(`HANGAR_QUOTA_WORKERS is '${quota}'`);
  });

  it("fails on a fact of the account it does not know, instead of making one up", async () => {
    const graph = await synthesize("test", project("aws.ssm.getParameterOutput({ name: 'x' });"));
    expect(graph.errors).not.toEqual([]);
  });
});
