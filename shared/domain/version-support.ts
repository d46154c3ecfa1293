// How long a version of Airflow is looked after, and what is to be said where that ends soon or has ended.
import { airflowMajor, type AirflowOffering, airflowOfferings, defaultAirflowVersion } from "./offerings.ts";

/** `ENDING`: within ninety days. */
export const supportStates = ["SUPPORTED", "ENDING", "ENDED"] as const;
export type SupportState = (typeof supportStates)[number];

/**
 * Dates of Apache Airflow's own table (airflow.apache.org, "Supported versions": life cycle of majors): security and critical
 * fixes alone from the first on, nothing from the second on. Airflow 3 has none yet.
 */
const upstream = {
  2: { limitedSince: "2025-10-22", ends: "2026-04-22" },
  3: { limitedSince: null, ends: null },
} as const;

/** Months MWAA keeps a version at least, counted from when it came (MWAA user guide, "Apache Airflow version support"). */
const mwaaLeastMonths = 12;
const warningDays = 90;
const day = 86_400_000;

export interface VersionSupport {
  readonly state: SupportState;
  /** Dates, `2026-04-22`; null: none is set. */
  readonly limitedSince: string | null;
  readonly ends: string | null;
  /** MWAA announces an end half a year before; until this day it promises none. null: it does not offer the version. */
  readonly mwaaAtLeastUntil: string | null;
  /** What is so, and what to do; null: nothing is to be said. */
  readonly message: string | null;
}

/**
 * @param now milliseconds since the epoch
 * @param environment whose version it is, for the command that helps; absent: nobody's
 */
export function supportOf(
  version: string,
  now: number,
  environment?: string,
  offerings: readonly Pick<AirflowOffering, "version" | "offeredSince">[] = airflowOfferings,
): VersionSupport {
  const { limitedSince, ends } = upstream[airflowMajor(version)];
  const days = ends === null ? Infinity : Math.ceil((Date.parse(ends) - now) / day);
  const state = days <= 0 ? "ENDED" : days <= warningDays ? "ENDING" : "SUPPORTED";
  const offered = offerings.find((one) => one.version === version);
  return {
    state,
    limitedSince,
    ends,
    mwaaAtLeastUntil: offered ? monthsLater(offered.offeredSince, mwaaLeastMonths) : null,
    message: state === "SUPPORTED" ? null : messageOf(version, state, { ends: ends ?? "", days, environment }),
  };
}

function messageOf(
  version: string,
  state: SupportState,
  {
    ends,
    days,
    environment,
  }: { readonly ends: string; readonly days: number; readonly environment: string | undefined },
): string {
  const what =
    state === "ENDED"
      ? `Airflow ${version} reached its end of life on ${ends}: it gets no fixes any more, not for security either.`
      : `Airflow ${version} reaches its end of life on ${ends}, in ${days} ${days === 1 ? "day" : "days"}; then it gets no fixes any more.`;
  const how = environment
    ? `Bring it to Airflow ${defaultAirflowVersion}: npx hangar upgrade list ${environment} shows the way.`
    : `Choose ${defaultAirflowVersion} for what is new.`;
  return `${what} ${how}`;
}

/** A date so many months on; the last of a month stays within the month. */
function monthsLater(date: string, months: number): string {
  const [year, month, dayOfMonth] = date.split("-").map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(dayOfMonth, last))).toISOString().slice(0, 10);
}

/** The wire form. Extension of the MWAA API. */
export const supportView = ({ state, limitedSince, ends, mwaaAtLeastUntil, message }: VersionSupport) => ({
  State: state,
  LimitedSince: limitedSince,
  EndsUpstream: ends,
  MwaaAtLeastUntil: mwaaAtLeastUntil,
  ...(message === null ? {} : { Message: message }),
});
