// Offerings as the API shows them: versions with their dates and upgrade paths, classes with their sizes and list prices.
import { airflowOfferings, defaultAirflowVersion, defaultEnvironmentClass, environmentClasses } from "./offerings.ts";
import type { Pool } from "./pool.ts";
import { listPrices } from "./prices.ts";

/** The wire form. Extension of the MWAA API. */
export function offeringsView(pool: Pool) {
  return {
    AirflowVersions: airflowOfferings.map(({ version, released, offeredSince, notCreatable }) => {
      const image = pool.images[version];
      const reason =
        notCreatable ?? (image && "reason" in image ? image.reason : image ? null : "this pool has no image of it");
      return {
        Version: version,
        Default: version === defaultAirflowVersion,
        Creatable: reason === null,
        ...(reason === null ? {} : { Reason: reason }),
        ReleasedUpstream: released,
        OfferedByMwaaSince: offeredSince,
        UpgradePaths: upgradePaths(version),
      };
    }),
    EnvironmentClasses: Object.entries(environmentClasses).map(([name, size]) => ({
      Name: name,
      Default: name === defaultEnvironmentClass,
      TasksPerWorker: size.tasksPerWorker,
      Worker: sizeView(size.worker),
      Scheduler: sizeView(size.scheduler),
      Webserver: sizeView(size.web),
      Schedulers: { Least: size.schedulers.least, Most: size.schedulers.most, Default: size.schedulers.usual },
      Webservers: { Least: size.webservers.least, Most: size.webservers.most, Default: size.webservers.usual },
      MaxWorkers: {
        Most: Math.min(size.workers.most, pool.quotas.workers),
        Default: Math.min(size.workers.usualMax, pool.quotas.workers),
      },
      PricePerHour: priceView(name),
    })),
    Quotas: { Environments: pool.quotas.environments, WorkersPerEnvironment: pool.quotas.workers },
  };
}

/**
 * Versions reachable from one, with the version to stop at on the way (MWAA user guide, "Upgrading an environment"): minor
 * ones up and down, 2.11 to 3 and back in place, older ones by way of 2.11.
 */
export function upgradePaths(from: string): readonly { readonly To: string; readonly Via?: readonly string[] }[] {
  const stone = airflowOfferings.find(({ version }) => version.startsWith("2.11."))?.version;
  return airflowOfferings
    .filter(({ version }) => version !== from)
    .map(({ version }) => {
      const crosses = version.split(".")[0] !== from.split(".")[0];
      const isStone = (one: string) => one.startsWith("2.11.");
      if (!crosses || isStone(from) || isStone(version) || stone === undefined) return { To: version };
      return { To: version, Via: [stone] };
    });
}

const sizeView = ({ cpu, memoryMegabytes }: { readonly cpu: number; readonly memoryMegabytes: number }) => ({
  Vcpu: cpu / 1024,
  MemoryGigabytes: memoryMegabytes / 1024,
});

/** Null where no list price was confirmed. */
function priceView(environmentClass: string) {
  const prices = listPrices[environmentClass];
  return prices
    ? {
        Currency: "USD",
        Environment: prices.environment,
        AdditionalWorker: prices.worker,
        AdditionalScheduler: prices.scheduler,
        AdditionalWebserver: prices.webserver,
        Basis: "Amazon MWAA list price, us-east-1",
      }
    : null;
}
