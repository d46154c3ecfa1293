import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planned, recordIn } from "../testing/planned.ts";
import { type ControlDocument, nextControl, projectControl } from "./control-document.ts";

const release = {
  environmentName: "first",
  environmentId: "e0000000001",
  generation: 1,
  release: { id: "r1-aaaaaaaa", number: 1, manifest: "releases/r1-aaaaaaaa.json", contentHash: "a", createdAt: 1 },
  candidate: null,
  seen: "a",
  lastNumber: 1,
};

describe("the control document", () => {
  it("of an environment that is being created asks for the canary, under its operation's id", () => {
    const { environment } = planned();
    expect(projectControl(environment, release)).toEqual({
      environmentId: environment.environmentId,
      release: { id: "r1-aaaaaaaa", number: 1, manifest: "releases/r1-aaaaaaaa.json" },
      candidate: null,
      canary: { id: environment.operationId, generation: 1 },
      workersWanted: 1,
      workers: { min: 1, max: 10 },
      drains: [],
      pause: null,
      generation: 1,
    });
  });

  it("names the candidate that is to be checked, by what an agent needs to fetch it", () => {
    const candidate = { ...release.release, id: "r2-bbbbbbbb", number: 2, by: "someone", leftOut: [] };
    expect(projectControl(recordIn("AVAILABLE"), { ...release, candidate }).candidate).toEqual({
      id: "r2-bbbbbbbb",
      number: 2,
      manifest: "releases/r1-aaaaaaaa.json",
    });
  });

  it("of one that is AVAILABLE asks for none, and without a release names none", () => {
    expect(projectControl(recordIn("AVAILABLE"), undefined)).toMatchObject({ canary: null, release: null });
  });

  const content = fc.record({
    environmentId: fc.constant("e1"),
    release: fc.option(fc.record({ id: fc.string(), number: fc.nat(), manifest: fc.string() })),
    candidate: fc.option(fc.record({ id: fc.string(), number: fc.nat(), manifest: fc.string() })),
    canary: fc.option(fc.record({ id: fc.string(), generation: fc.nat(3) })),
    workersWanted: fc.nat(3),
    workers: fc.record({ min: fc.nat(3), max: fc.nat(9) }),
    drains: fc.array(fc.record({ id: fc.string(), role: fc.constant("worker" as const), generation: fc.nat() }), {
      maxLength: 2,
    }),
    pause: fc.option(fc.record({ id: fc.string(), generation: fc.nat(3) })),
    generation: fc.nat(3),
  });

  it("rises in epoch by one with every change of content, and never without one: agents refuse a lower epoch", () => {
    fc.assert(
      fc.property(fc.array(content, { maxLength: 8 }), (wishes) => {
        let current: ControlDocument | undefined;
        for (const wanted of wishes) {
          const next: ControlDocument | undefined = nextControl(current, wanted);
          if (next) {
            expect(next).toEqual({ epoch: (current?.epoch ?? 0) + 1, ...wanted });
            current = next;
          }
          const { epoch: _, ...lies } = current!;
          expect(lies).toEqual(wanted);
          expect(nextControl(current, wanted)).toBeUndefined();
        }
      }),
    );
  });

  it("is the same however its members were ordered when it was stored", () => {
    const wanted = projectControl(recordIn("AVAILABLE"), release);
    const stored = JSON.parse(
      JSON.stringify(Object.fromEntries(Object.entries({ ...wanted, epoch: 4 }).toReversed())),
    ) as ControlDocument;
    expect(nextControl(stored, wanted)).toBeUndefined();
  });
});
