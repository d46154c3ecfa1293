// Offerings as the API shows them: versions with their dates and upgrade paths, classes with their sizes and list prices.
import { airflowOfferings, defaultAirflowVersion, defaultEnvironmentClass, environmentClasses } from "./offerings.ts";
import type { Pool } from "./pool.ts";
import { listPrices } from "./prices.ts";
import { upgradePaths } from "./upgrade-path.ts";
import { supportOf, supportView } from "./version-support.ts";

/** The wire form. Extension of the MWAA API. @param now milliseconds since the epoch */
export function offeringsView(pool: Pool, now: number) {
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
        Support: supportView(supportOf(version, now)),
        UpgradePaths: upwards(version, pool.images),
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

/** Versions an environment can be brought to by upgrades, with those to stop at on the way; back is a matter of its snapshots. */
const upwards = (
  from: string,
  images: Pool["images"],
): readonly { readonly To: string; readonly Via?: readonly string[] }[] =>
  upgradePaths(from, { images, snapshots: [] }).flatMap((path) => {
    if (path.kind === "refused") return [];
    const stops = path.hops.slice(0, -1).map(({ to }) => to);
    return [{ To: path.to, ...(stops.length > 0 ? { Via: stops } : {}) }];
  });

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
