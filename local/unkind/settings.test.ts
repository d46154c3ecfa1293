import { expect, it } from "vitest";
import { unkindFault } from "./settings.ts";

it.each([[undefined], [{ seed: 7 }], [{ seed: 0, off: ["sqs-late", "api-throttle"] }]])(
  "%o asks for what there is",
  (given) => expect(unkindFault(given)).toBeUndefined(),
);

it.each([
  [7, /no object/],
  [{}, /unkind\.seed: undefined, which must be a whole number/],
  [{ seed: "7" }, /unkind\.seed: "7", which must be/],
  [{ seed: -1 }, /must be a whole number from 0/],
  [{ seed: 7, of: [] }, /unknown unkind\.of \(known: seed, off\)/],
  [{ seed: 7, off: ["sqs"] }, /unkind\.off: \["sqs"\], which must be a list of: api-throttle, /],
])("%o is refused in words", (given, words) => expect(unkindFault(given)).toMatch(words));
