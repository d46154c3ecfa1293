import { expect, it } from "vitest";
import type { KindName } from "../unkind/kinds.ts";
import { createUnkind } from "../unkind/unkind.ts";
import { unkindDeliveries } from "./unkind-deliveries.ts";

const delivery = (payload: string) => ({ rule: "r", targetArn: "arn:aws:sqs:us-east-1:000000000000:q", payload });
const striking = (...kinds: KindName[]) => ({ strikes: (kind: KindName) => (kinds.includes(kind) ? 0.5 : undefined) });

it("an event can be delivered twice", () => {
  expect(unkindDeliveries([delivery("a")], striking("event-duplicate"))).toEqual([delivery("a"), delivery("a")]);
});

it("an event can be under way for seconds", () => {
  expect(unkindDeliveries([delivery("a")], striking("event-late"))).toEqual([
    { ...delivery("a"), delayMilliseconds: 2600 },
  ]);
});

it("no event is lost, whatever the seed", () => {
  for (let seed = 0; seed < 10; seed++) {
    const unkind = createUnkind({ seed }, () => undefined);
    for (let nth = 0; nth < 100; nth++) {
      const made = unkindDeliveries([delivery(`${nth}`)], unkind);
      expect(new Set(made.map(({ payload }) => payload))).toEqual(new Set([`${nth}`]));
    }
  }
});
