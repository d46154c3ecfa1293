// Configuration options through the API: what is set, what is to be said about it, and what an option is.
import { type ApiTarget, callApi } from "./api-client.ts";
import { note, paint } from "./print.ts";

export interface OptionWarning {
  readonly Option: string;
  readonly Code: string;
  readonly Message: string;
}

export interface Configuration {
  readonly AirflowVersion: string;
  readonly Options: readonly {
    readonly Name: string;
    readonly Value: string;
    readonly Sensitive: boolean;
    readonly Warning: string | null;
  }[];
  readonly Warnings: readonly OptionWarning[];
}

export interface Explanation {
  readonly Option: string;
  readonly Variable: string;
  readonly Value: string | null;
  readonly Sensitive: boolean;
  readonly Code: string;
  readonly Message: string;
  readonly Versions: readonly string[];
}

const pathOf = (environment: string) => `/environments/${encodeURIComponent(environment)}/configuration`;

/** Secrets are masked by the service. */
export const getConfiguration = (target: ApiTarget, environment: string): Promise<Configuration> =>
  callApi(target, "GET", pathOf(environment));

/** What there is to know about one option of an environment's Airflow, set or not. */
export async function explainOption(target: ApiTarget, environment: string, option: string): Promise<Explanation> {
  const path = `${pathOf(environment)}?Option=${encodeURIComponent(option)}`;
  return (await callApi<{ Explanation: Explanation }>(target, "GET", path)).Explanation;
}

export const warningText = ({ Message }: Pick<OptionWarning, "Message">): string => `warning: ${Message}`;

/** To stderr, a line each. */
export function noteWarnings(warnings: readonly OptionWarning[]): void {
  for (const warning of warnings) note(`  ${paint("yellow", warningText(warning))}`);
}
