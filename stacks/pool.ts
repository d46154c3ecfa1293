// The facts of the shared floor, as every function gets them in HANGAR_POOL. The shape is shared/domain/pool.ts, which
// stacks may not import: a test parses what stands here with it.
import { functions } from "../functions/wiring.ts";
import { alarmTopic } from "./alarm-topic.ts";
import { cluster, taskLogGroup } from "./compute.ts";
import { database, databaseSecretArn } from "./database.ts";
import { images } from "./images.ts";
import { listenerArn } from "./load-balancer.ts";
import { taskSecurityGroup, vpc, zones } from "./network.ts";
import { queues } from "./queues.ts";
import { accountId, dnsSuffix, partition, quotas, region, webDomain } from "./settings.ts";
import { controlBucket } from "./storage.ts";
import { builderRole, taskExecutionRole, taskRole } from "./task-roles.ts";

/** Lambda kills a function at its time-out, so no step of a lost execution lives longer than this. */
const longestStepSeconds = Math.max(...Object.values(functions).map((entry) => entry.timeoutSeconds));

export const pool: $util.Output<string> = $jsonStringify({
  poolId: `${$app.name}-${$app.stage}`,
  partition,
  region,
  accountId,
  zones,
  cluster: cluster.nodes.cluster.name,
  controlBucket: controlBucket.name,
  scalingQueueUrl: queues["hangar-scaling"]!.queue.url,
  queueUrlPrefix: $interpolate`https://sqs.${region}.${dnsSuffix}/${accountId}/`,
  database: { host: database.endpoint, port: database.port, adminSecretId: databaseSecretArn, sslMode: "verify-full" },
  web: { kind: "domain", domain: webDomain, scheme: "https" },
  loadBalancer: { listenerArn, vpcId: vpc.id },
  network: { subnetIds: vpc.privateSubnets, securityGroupIds: [taskSecurityGroup.id] },
  roles: {
    taskExecutionRoleArn: taskExecutionRole.arn,
    taskRoleArn: taskRole.arn,
    builderRoleArn: builderRole.arn,
  },
  images,
  quotas,
  pollSeconds: 5,
  agentPollSeconds: 5,
  longestStepSeconds,
  alarmTopicArn: alarmTopic.arn,
  taskLogGroup: taskLogGroup.name,
  machineMemory: null,
  sharedLogFolder: null,
});
