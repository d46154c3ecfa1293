// What differs between one deployment and the next: the stage, and what only the account's owner can say.

/** Data survives and deletion is refused; every other stage can be removed whole. */
export const production = $app.stage === "production";

/**
 * Environments are addressed as `<environment id>.<webDomain>`. A hosted zone of the domain must be in the account: the
 * certificate and the record for `*.<webDomain>` are made in it.
 */
export const webDomain = required(
  "HANGAR_WEB_DOMAIN",
  "the domain environments are addressed under, e.g. airflow.example.com; its hosted zone must be in this account",
);

/**
 * Airflow versions whose image lies in the stage's repository, and the tag it lies under; Hangar refuses to create any other
 * (docs/aws.md). Another tag for a version is another build of it: environments get it in their maintenance windows.
 */
export const airflowVersions: ReadonlyMap<string, string> = new Map(
  (process.env["HANGAR_AIRFLOW_VERSIONS"] ?? "")
    .split(",")
    .filter((entry) => entry)
    .map((entry) => {
      const [version = "", tag = version] = entry.split("=");
      return [version, tag] as const;
    }),
);

/** MWAA's own defaults unless set (MWAA user guide, "Quotas"). */
export const quotas = {
  environments: quota("HANGAR_QUOTA_ENVIRONMENTS", 10),
  workers: quota("HANGAR_QUOTA_WORKERS", 25),
};

/** Of function, access and state machine logs. Those of Airflow's tasks are the users' own and kept longer. */
export const logRetentionDays = production ? 90 : 14;
export const taskLogRetentionDays = production ? 365 : 14;

const identity = aws.getCallerIdentityOutput();
export const accountId = identity.accountId;
export const region = aws.getRegionOutput().region;
export const { partition, dnsSuffix } = aws.getPartitionOutput();

function quota(name: string, usual: number): number {
  const value = process.env[name];
  if (!value) return usual;
  if (!/^[1-9]\d{0,5}$/.test(value))
    throw new Error(`${name} is '${value}'. Set it to a whole number from 1, or leave it out.`);
  return Number(value);
}

function required(name: string, meaning: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. It says ${meaning}. Set it and deploy again.`);
  return value;
}
