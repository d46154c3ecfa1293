// The pool's PostgreSQL server: Aurora Serverless v2, two databases per environment (design, section 5, "Database").
// A raw cluster: SST's component keeps the password in its own state, RDS keeps and rotates it in Secrets Manager.
import { databaseSecurityGroup, vpc } from "./network.ts";
import { physicalName } from "./names.ts";
import { logRetentionDays, production } from "./settings.ts";

const subnetGroup = new aws.rds.SubnetGroup("DatabaseSubnets", { subnetIds: vpc.privateSubnets });

/** Before the server, which would make it without an end of retention. */
const logs = new aws.cloudwatch.LogGroup("DatabaseLogs", {
  name: `/aws/rds/cluster/${physicalName("database")}/postgresql`,
  retentionInDays: logRetentionDays,
});

export const database = new aws.rds.Cluster(
  "Database",
  {
    clusterIdentifier: physicalName("database"),
    engine: "aurora-postgresql",
    engineVersion: "17.5",
    engineMode: "provisioned",
    masterUsername: "hangar_admin",
    manageMasterUserPassword: true,
    dbSubnetGroupName: subnetGroup.name,
    vpcSecurityGroupIds: [databaseSecurityGroup.id],
    storageEncrypted: true,
    // A metadata database never sleeps while its scheduler runs; without environments the server may.
    serverlessv2ScalingConfiguration: production
      ? { minCapacity: 0.5, maxCapacity: 32 }
      : { minCapacity: 0, maxCapacity: 4 },
    backupRetentionPeriod: production ? 14 : 1,
    copyTagsToSnapshot: true,
    deletionProtection: production,
    skipFinalSnapshot: !production,
    ...(production ? { finalSnapshotIdentifier: physicalName("database-final") } : {}),
    enabledCloudwatchLogsExports: ["postgresql"],
  },
  // AWS applies minor versions in the maintenance window; a deployment must not take them back.
  { ignoreChanges: ["engineVersion"], dependsOn: [logs] },
);

/** One writer; the reader takes over when its zone fails. */
for (const role of production ? ["Writer", "Reader"] : ["Writer"]) {
  new aws.rds.ClusterInstance(
    `Database${role}`,
    {
      clusterIdentifier: database.id,
      instanceClass: "db.serverless",
      engine: "aurora-postgresql",
      dbSubnetGroupName: subnetGroup.name,
      autoMinorVersionUpgrade: true,
      performanceInsightsEnabled: true,
      publiclyAccessible: false,
    },
    { ignoreChanges: ["engineVersion"] },
  );
}

/** Holds `{username, password}` of the master user; RDS rotates it, so it is read at each use. */
export const databaseSecretArn = database.masterUserSecrets.apply((secrets) => {
  const [secret] = secrets;
  if (!secret) throw new Error("RDS has not made the secret of the database's master user.");
  return secret.secretArn;
});
