// The account the simulated engine plays, and the ARNs its resources get: in AWS's own form, because statements of
// roles are checked against them.

export const accountId = "123456789012";
export const region = "eu-west-1";

const own = (service: string, resource: string) => `arn:aws:${service}:${region}:${accountId}:${resource}`;

const forms: Readonly<Record<string, (name: string) => string>> = {
  "aws:acm/certificate:Certificate": (name) => own("acm", `certificate/${name}`),
  "aws:cloudwatch/logGroup:LogGroup": (name) => own("logs", `log-group:${name}`),
  "aws:cloudwatch/metricAlarm:MetricAlarm": (name) => own("cloudwatch", `alarm:${name}`),
  "aws:cloudwatch/eventRule:EventRule": (name) => own("events", `rule/${name}`),
  "aws:dynamodb/table:Table": (name) => own("dynamodb", `table/${name}`),
  "aws:ecr/repository:Repository": (name) => own("ecr", `repository/${name}`),
  "aws:ecs/cluster:Cluster": (name) => own("ecs", `cluster/${name}`),
  "aws:iam/role:Role": (name) => `arn:aws:iam::${accountId}:role/${name}`,
  "aws:lambda/function:Function": (name) => own("lambda", `function:${name}`),
  "aws:lb/listener:Listener": (name) =>
    own("elasticloadbalancing", `listener/app/${name}/50dc6c495c0c9188/f2f7dc8efc522ab2`),
  "aws:lb/loadBalancer:LoadBalancer": (name) =>
    own("elasticloadbalancing", `loadbalancer/app/${name}/50dc6c495c0c9188`),
  "aws:rds/cluster:Cluster": (name) => own("rds", `cluster:${name}`),
  "aws:s3/bucket:Bucket": (name) => `arn:aws:s3:::${name}`,
  "aws:scheduler/schedule:Schedule": (name) => own("scheduler", `schedule/default/${name}`),
  "aws:sfn/stateMachine:StateMachine": (name) => own("states", `stateMachine:${name}`),
  "aws:sns/topic:Topic": (name) => own("sns", name),
  "aws:sqs/queue:Queue": (name) => own("sqs", name),
};

/**
 * @param type Pulumi's, e.g. `aws:sqs/queue:Queue`
 * @param name the physical name, or the logical one where AWS would draw one
 */
export function arnOf(type: string, name: string): string {
  const [, module = ""] = type.split(":");
  const [service = "", kind = ""] = module.split("/");
  return forms[type]?.(name) ?? own(service, `${kind}/${name}`);
}
