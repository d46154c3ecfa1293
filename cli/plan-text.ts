// The dry run of an update as text: what changes, what that does, in which order, how long, and what it costs.
import { type OptionWarning, warningText } from "./configuration.ts";
import { type LastCheck, lastCheckLine } from "./upgrade-checks.ts";
import { duration, table } from "./print.ts";
import { type DatabaseForecast, databaseLines, type Upgrade, upgradeLines } from "./upgrade-text.ts";

export interface Plan {
  readonly Changes: readonly {
    readonly Member: string;
    readonly Before?: unknown;
    readonly After?: unknown;
    readonly Effect: string;
    readonly Reason: string;
  }[];
  readonly Effect: string;
  readonly WorkerReplacementStrategy: string;
  readonly Order: readonly string[];
  readonly TasksAffected: {
    readonly Replaced: readonly { readonly Role: string; readonly Count: number }[];
    readonly Scaled: readonly { readonly Service: string; readonly From: number; readonly To: number }[];
  };
  readonly ExpectedSeconds: { readonly Typical: number; readonly Samples: number } | null;
  readonly PricePerHour: { readonly Before: Price | null; readonly After: Price | null };
  readonly Reversible: { readonly Possible: boolean; readonly Reason: string };
  readonly Warnings: readonly OptionWarning[];
  readonly Upgrade?: Upgrade;
  readonly Check?: LastCheck;
  readonly Database?: DatabaseForecast;
}

interface Price {
  readonly Currency: string;
  readonly Least: number;
  readonly Most: number;
  readonly Basis: string;
}

export function planText(plan: Plan): string {
  const changes = plan.Changes.map(({ Member, Before, After, Effect, Reason }) => [
    Member,
    shown(Before),
    shown(After),
    Effect,
    Reason,
  ]);
  return [
    changes.length ? table(["change", "before", "after", "effect", "why"], changes) : "Nothing changes.",
    "",
    ...(plan.Upgrade ? upgradeLines(plan.Upgrade) : []),
    ...(plan.Upgrade && plan.Upgrade.Restores === undefined ? [lastCheckLine(plan.Check)] : []),
    ...(plan.Database ? databaseLines(plan.Database) : []),
    `effect      ${plan.Effect}, workers ${plan.WorkerReplacementStrategy}`,
    `tasks       ${tasksText(plan.TasksAffected)}`,
    ...plan.Order.map((step, at) => `${(at === 0 ? "order" : "").padEnd(12)}${at + 1}. ${step}`),
    `time        ${timeText(plan.ExpectedSeconds)}`,
    `price/hour  ${priceText(plan.PricePerHour.Before)} -> ${priceText(plan.PricePerHour.After)}`,
    `reversible  ${plan.Reversible.Possible ? "yes" : "no"}. ${plan.Reversible.Reason}`,
    ...plan.Warnings.map(warningText),
  ].join("\n");
}

const mostShown = 40;

function shown(value: unknown): string {
  if (value === undefined || value === null) return "-";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > mostShown ? `${text.slice(0, mostShown - 1)}…` : text;
}

function tasksText({ Replaced, Scaled }: Plan["TasksAffected"]): string {
  const parts = [
    ...Replaced.map(({ Role, Count }) => `${Count} ${Role} replaced`),
    ...Scaled.map(({ Service, From, To }) => `${Service} from ${From} to ${To}`),
  ];
  return parts.length ? parts.join(", ") : "none";
}

function timeText(expected: Plan["ExpectedSeconds"]): string {
  if (expected === null) return "not known: none like it was made here yet";
  return `about ${duration(expected.Typical * 1000)} (${expected.Samples} before)`;
}

function priceText(price: Price | null): string {
  if (price === null) return "no list price known";
  const amount = (value: number) => value.toFixed(3);
  const range = price.Least === price.Most ? amount(price.Least) : `${amount(price.Least)}–${amount(price.Most)}`;
  return `${range} ${price.Currency}`;
}
