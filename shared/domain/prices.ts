// What MWAA would charge for an environment of these settings: list prices, USD, us-east-1, on demand (MWAA pricing page).
import type { EnvironmentSettings } from "./items.ts";

export interface HourlyPrices {
  /** One worker, two schedulers and two web servers are in it. */
  readonly environment: number;
  readonly worker: number;
  readonly scheduler: number;
  readonly webserver: number;
}

/** Only what was confirmed by more than one source; the other classes have no price here. */
export const listPrices: Readonly<Record<string, HourlyPrices>> = {
  "mw1.small": { environment: 0.49, worker: 0.055, scheduler: 0.055, webserver: 0.028 },
  "mw1.medium": { environment: 0.74, worker: 0.11, scheduler: 0.11, webserver: 0.055 },
  "mw1.large": { environment: 0.99, worker: 0.22, scheduler: 0.22, webserver: 0.11 },
};

/** The fixed part of an hour, and the most an hour can cost when everything has scaled out; null without list prices. */
export function hourlyPrice(settings: EnvironmentSettings): { readonly least: number; readonly most: number } | null {
  const prices = listPrices[settings.environmentClass];
  if (!prices) return null;
  const beyond = (count: number, included: number) => Math.max(0, count - included);
  const schedulers = beyond(settings.schedulers, 2) * prices.scheduler;
  const cost = (workers: number, webservers: number) =>
    cents(
      prices.environment + schedulers + beyond(workers, 1) * prices.worker + beyond(webservers, 2) * prices.webserver,
    );
  return {
    least: cost(settings.minWorkers, settings.minWebservers),
    most: cost(settings.maxWorkers, settings.maxWebservers),
  };
}

const cents = (dollars: number) => Math.round(dollars * 1000) / 1000;
