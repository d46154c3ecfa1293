import type { Rule } from "@aws-sdk/client-elastic-load-balancing-v2";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { actsToRemove, actsToSettle, type RuleAct, type WantedAddress } from "./address-rules.ts";

const host = "first.example";
const other = "second.example";
const group = (generation: number) => `targetgroup/g${generation}`;
const wish = (generation: number, closed: boolean): WantedAddress => ({
  ...{ host, targetGroupArn: group(generation), closed },
});

let made = 0;
/** What Elastic Load Balancing makes of an act. */
function applied(rules: readonly Rule[], act: RuleAct): readonly Rule[] {
  if (act.kind === "delete") return rules.filter(({ RuleArn }) => RuleArn !== act.arn);
  const parts = { Conditions: act.conditions, Actions: act.actions };
  if (act.kind === "modify") return rules.map((rule) => (rule.RuleArn === act.arn ? { ...rule, ...parts } : rule));
  if (rules.some(({ Priority }) => Priority === String(act.priority))) throw new Error(`${act.priority} is taken.`);
  return [...rules, { RuleArn: `rule/${++made}`, Priority: String(act.priority), ...parts }];
}

/** Who answers: a target group, `closed`, or nobody (undefined: the default rule). */
function answers(rules: readonly Rule[], asked: string, path: string): string | undefined {
  const values = (rule: Rule, field: string) =>
    rule.Conditions?.find(({ Field }) => Field === field) as
      | { HostHeaderConfig?: { Values: string[] }; PathPatternConfig?: { Values: string[] } }
      | undefined;
  const fits = (rule: Rule) => {
    const pattern = values(rule, "path-pattern")?.PathPatternConfig?.Values[0];
    const named = values(rule, "host-header")?.HostHeaderConfig?.Values.includes(asked);
    return named && (pattern === undefined || path.startsWith(pattern.replace(/\*$/, "")));
  };
  const [first] = rules.filter(fits).toSorted((a, b) => Number(a.Priority) - Number(b.Priority));
  const action = first?.Actions?.[0];
  return action?.Type === "fixed-response" ? "closed" : action?.TargetGroupArn;
}
const page = (rules: readonly Rule[], of = host) => answers(rules, of, "/api/v2/dags");
const execution = (rules: readonly Rule[], of = host) => answers(rules, of, "/execution/task-instances");

const all = (rules: readonly Rule[], acts: readonly RuleAct[]) => acts.reduce(applied, rules);
const settled = (rules: readonly Rule[], wanted: WantedAddress) => all(rules, actsToSettle(rules, wanted));

/** Another environment's open and closed address, at the numbers given. */
const neighbour = (door: number, notice: number): readonly Rule[] => [
  {
    ...{ RuleArn: "rule/other-door", Priority: String(door) },
    Conditions: [
      { Field: "host-header", HostHeaderConfig: { Values: [other] } },
      { Field: "path-pattern", PathPatternConfig: { Values: ["/execution/*"] } },
    ],
    Actions: [{ Type: "forward", TargetGroupArn: "targetgroup/other" }],
  },
  {
    ...{ RuleArn: "rule/other-notice", Priority: String(notice) },
    Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: [other] } }],
    Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "503" } }],
  },
  {
    ...{ RuleArn: "rule/default", Priority: "default", IsDefault: true },
    Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
  },
];

describe("the rules of an address", () => {
  it("cut off after any act, never open what is closed, lose the Execution API, or touch another address", () => {
    const change = fc.record({ generation: fc.integer({ min: 1, max: 3 }), closed: fc.boolean(), kept: fc.nat(6) });
    const places = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(places, fc.array(change, { minLength: 1, maxLength: 8 }), ([door, notice], changes) => {
        let rules = neighbour(Math.min(door!, notice!), Math.max(door!, notice!));
        const others = [page(rules, other), execution(rules, other)];
        for (const { generation, closed, kept } of changes) {
          const before = { page: page(rules), execution: execution(rules) };
          const mayAnswer = [before.page, closed ? "closed" : group(generation)];
          const acts = actsToSettle(rules, wish(generation, closed));
          for (const act of acts.slice(0, kept)) {
            rules = applied(rules, act);
            // of an address that is only being made nobody answers yet
            if (before.page !== undefined) expect(mayAnswer).toContain(page(rules));
            else expect([undefined, ...mayAnswer]).toContain(page(rules));
            if (before.execution !== undefined)
              expect([before.execution, group(generation)]).toContain(execution(rules));
            expect([page(rules, other), execution(rules, other)]).toEqual(others);
          }
          if (kept < acts.length) continue;
          expect({ page: page(rules), execution: execution(rules) }).toEqual({
            page: closed ? "closed" : group(generation),
            execution: group(generation),
          });
          expect(actsToSettle(rules, wish(generation, closed))).toEqual([]);
        }
        const { generation } = changes.at(-1)!;
        rules = settled(rules, wish(generation, false));
        rules = all(rules, actsToRemove(rules, host, group(generation)));
        expect(rules).toHaveLength(3);
      }),
    );
  });

  it("move a closed address to another target group in one write", () => {
    const rules = settled([], wish(1, true));
    expect(actsToSettle(rules, wish(2, true)).map(({ kind }) => kind)).toEqual(["modify"]);
  });

  it("of an address that moved on stay when the old target group goes, the notice too", () => {
    const rules = settled([], wish(2, true));
    expect(actsToRemove(rules, host, group(1))).toEqual([]);
    expect(actsToRemove(rules, host, undefined)).toEqual([]);
  });

  it("go, cut off anywhere, without opening what is closed", () => {
    const rules = settled(settled([], wish(1, false)), wish(1, true));
    const acts = actsToRemove(rules, host, group(1));
    expect(acts).toHaveLength(2);
    const between = applied(rules, acts[0]!);
    expect(page(between)).toBeUndefined();
    expect(all(between, actsToRemove(between, host, group(1)))).toEqual([]);
  });

  it("put in another order by hand are put right: the Execution API is before the notice again, and nothing opens", () => {
    const rules = settled(settled([], wish(1, false)), wish(1, true)).map((rule) => ({
      ...rule,
      Priority: rule.Priority === "1" ? "9" : "3",
    }));
    expect(execution(rules)).toBe("closed");
    let now: readonly Rule[] = rules;
    for (const act of actsToSettle(rules, wish(1, true))) {
      now = applied(now, act);
      expect(page(now)).toBe("closed");
    }
    expect(execution(now)).toBe(group(1));
    expect(now).toHaveLength(2);
  });

  it("are refused in words when no number above the door's is left", () => {
    const rules = settled([], wish(1, false)).map((rule) => ({ ...rule, Priority: "50000" }));
    expect(() => actsToSettle(rules, wish(1, true))).toThrow(/no free rule priority above 50000.*lower number/);
    expect(actsToSettle(rules, wish(1, false))).toEqual([]);
  });
});
