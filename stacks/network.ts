// The pool's network: two zones, tasks and database functions in private subnets, the load balancer in public ones.
import { production, region } from "./settings.ts";

export const zones = 2;

/** The range SST gives its networks. */
const vpcCidr = "10.0.0.0/16";

/** Managed gateways where a zone may fail; small instances elsewhere, at a tenth of the price. */
export const vpc = new sst.aws.Vpc("Vpc", {
  az: zones,
  nat: production ? "managed" : "ec2",
  transform: {
    // SST's lets the whole internet in; the instance forwards for the network alone.
    natSecurityGroup: (group) => {
      group.ingress = [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: [vpcCidr] }];
    },
  },
});

const routeTableIds = vpc.nodes.privateRouteTables.apply((tables) => tables.map((table) => table.id));

/** DAGs, logs and records then never pass a NAT gateway, which bills by the byte; these endpoints cost nothing. */
for (const service of ["s3", "dynamodb"] as const) {
  new aws.ec2.VpcEndpoint(`VpcEndpoint${service === "s3" ? "S3" : "DynamoDb"}`, {
    vpcId: vpc.id,
    serviceName: $interpolate`com.amazonaws.${region}.${service}`,
    vpcEndpointType: "Gateway",
    routeTableIds,
  });
}

const anywhere = { protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] };
const tcp = (port: number) => ({ protocol: "tcp", fromPort: port, toPort: port });

/** The only door from the internet. */
export const loadBalancerSecurityGroup = new aws.ec2.SecurityGroup("HttpsSecurityGroup", {
  description: "Hangar: HTTPS to the web tasks of environments",
  vpcId: vpc.id,
  ingress: [{ ...tcp(443), cidrBlocks: ["0.0.0.0/0"] }],
  egress: [anywhere],
});

export const functionSecurityGroup = new aws.ec2.SecurityGroup("FunctionSecurityGroup", {
  description: "Hangar: functions that talk to PostgreSQL",
  vpcId: vpc.id,
  egress: [anywhere],
});

/** They leave by the NAT gateway and come in again by the load balancer's door; the database does not let them in. */
export const airflowCallerSecurityGroup = new aws.ec2.SecurityGroup("AirflowCallerSecurityGroup", {
  description: "Hangar: functions that call environments' REST APIs",
  vpcId: vpc.id,
  egress: [{ ...tcp(443), cidrBlocks: ["0.0.0.0/0"] }],
});

/** Web tasks are reached by the load balancer (8080); tasks read each other's live task logs (8793, 8794). */
export const taskSecurityGroup = new aws.ec2.SecurityGroup("TaskSecurityGroup", {
  description: "Hangar: Airflow tasks",
  vpcId: vpc.id,
  ingress: [
    { ...tcp(8080), securityGroups: [loadBalancerSecurityGroup.id] },
    { protocol: "tcp", fromPort: 8793, toPort: 8794, self: true },
  ],
  egress: [anywhere],
});

export const databaseSecurityGroup = new aws.ec2.SecurityGroup("DatabaseSecurityGroup", {
  description: "Hangar: PostgreSQL, from tasks and functions only",
  vpcId: vpc.id,
  ingress: [{ ...tcp(5432), securityGroups: [taskSecurityGroup.id, functionSecurityGroup.id] }],
});
