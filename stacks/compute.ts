// Where the tasks of environments run: one cluster, the repository of their images, their log group. Task definitions
// and services are made by the API, per environment.
import { physicalName } from "./names.ts";
import { vpc } from "./network.ts";
import { production, taskLogRetentionDays } from "./settings.ts";

export const cluster = new sst.aws.Cluster("Cluster", {
  vpc,
  transform: {
    cluster: (cluster) => {
      cluster.name = physicalName("tasks");
      cluster.settings = [{ name: "containerInsights", value: production ? "enabled" : "disabled" }];
    },
  },
});

/** One image a version, tagged with the version: what runs under a tag must not change under a running environment. */
export const repository = new aws.ecr.Repository("AirflowImages", {
  name: physicalName("airflow"),
  imageTagMutability: "IMMUTABLE",
  imageScanningConfiguration: { scanOnPush: true },
  forceDelete: !production,
});

export const taskLogGroup = new aws.cloudwatch.LogGroup("TaskLogs", {
  name: `/hangar/${$app.stage}/tasks`,
  retentionInDays: taskLogRetentionDays,
});
