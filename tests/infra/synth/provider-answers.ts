// What AWS's provider would answer: the outputs of new resources and the results of its functions. An unknown function
// throws, so that nothing is evaluated against a made-up fact.
import { accountId, arnOf, region } from "./resource-arns.ts";

type Values = Record<string, unknown>;

/** Outputs beyond the inputs, `arn` and `name`, by type. */
export const outputsOf: Readonly<Record<string, (inputs: Values, name: string) => Values>> = {
  "aws:acm/certificate:Certificate": (inputs) => ({
    domainValidationOptions: [
      {
        domainName: inputs["domainName"],
        resourceRecordName: `_validate.${String(inputs["domainName"]).replace(/^\*\./, "")}.`,
        resourceRecordType: "CNAME",
        resourceRecordValue: "_proof.acm-validations.aws.",
      },
    ],
  }),
  "aws:apigatewayv2/api:Api": (_, name) => ({
    apiEndpoint: `https://${name}.execute-api.${region}.amazonaws.com`,
    executionArn: `arn:aws:execute-api:${region}:${accountId}:${name}`,
  }),
  "aws:ecr/repository:Repository": (_, name) => ({
    repositoryUrl: `${accountId}.dkr.ecr.${region}.amazonaws.com/${name}`,
    registryId: accountId,
  }),
  "aws:lambda/function:Function": (_, name) => {
    const arn = arnOf("aws:lambda/function:Function", name);
    return {
      qualifiedArn: `${arn}:1`,
      invokeArn: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
    };
  },
  "aws:lb/loadBalancer:LoadBalancer": (_, name) => ({
    arnSuffix: `app/${name}/50dc6c495c0c9188`,
    dnsName: `${name}.${region}.elb.amazonaws.com`,
    zoneId: "Z32O12XQLNTSW2",
  }),
  "aws:rds/cluster:Cluster": (_, name) => ({
    endpoint: `${name}.cluster-simulated.${region}.rds.amazonaws.com`,
    port: 5432,
    masterUserSecrets: [
      {
        secretArn: `arn:aws:secretsmanager:${region}:${accountId}:secret:rds!cluster-${name}-AbCdEf`,
        secretStatus: "active",
        kmsKeyId: "",
      },
    ],
  }),
  "aws:s3/bucket:Bucket": (_, name) => ({ bucket: name, bucketDomainName: `${name}.s3.amazonaws.com` }),
  "aws:sqs/queue:Queue": (_, name) => ({ url: `https://sqs.${region}.amazonaws.com/${accountId}/${name}` }),
  "pulumi-nodejs:dynamic:Resource": () => ({ zoneId: "Z0SIMULATED" }),
  "random:index/randomBytes:RandomBytes": () => ({ base64: Buffer.alloc(32).toString("base64"), hex: "00".repeat(32) }),
};

/** The provider functions SST's components and the stacks call. */
export const answerOf: Readonly<Record<string, (inputs: Values) => Values>> = {
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({
    id: region,
    names: ["a", "b", "c"].map((zone) => region + zone),
    zoneIds: ["euw1-az1", "euw1-az2", "euw1-az3"],
  }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({
    id: accountId,
    accountId,
    arn: `arn:aws:iam::${accountId}:root`,
    userId: "AIDASIMULATED",
  }),
  "aws:index/getPartition:getPartition": () => ({
    id: "aws",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
  "aws:index/getRegion:getRegion": () => ({ id: region, region, name: region, description: region, endpoint: "" }),
  "aws:ec2/getAmi:getAmi": () => ({ id: "ami-0123456789abcdef0" }),
  "aws:iam/getPolicyDocument:getPolicyDocument": (inputs) => ({
    ...inputs,
    id: "policy",
    json: policyJson((inputs["statements"] ?? []) as readonly StatementInput[]),
  }),
};

interface StatementInput {
  readonly sid?: string;
  readonly effect?: string;
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly resources?: readonly string[];
  readonly notResources?: readonly string[];
  readonly principals?: readonly { readonly type: string; readonly identifiers: readonly string[] }[];
  readonly conditions?: readonly {
    readonly test: string;
    readonly variable: string;
    readonly values: readonly string[];
  }[];
}

/** The provider's rendering of a policy document. */
function policyJson(statements: readonly StatementInput[]): string {
  const rendered = statements.map((statement) => ({
    Sid: statement.sid,
    Effect: statement.effect ?? "Allow",
    Action: statement.actions,
    NotAction: statement.notActions,
    Resource: statement.resources,
    NotResource: statement.notResources,
    Principal: statement.principals
      ? Object.fromEntries(statement.principals.map((principal) => [principal.type, principal.identifiers]))
      : undefined,
    Condition: statement.conditions ? conditions(statement.conditions) : undefined,
  }));
  return JSON.stringify({ Version: "2012-10-17", Statement: rendered });
}

function conditions(
  list: NonNullable<StatementInput["conditions"]>,
): Record<string, Record<string, readonly string[]>> {
  const byTest: Record<string, Record<string, readonly string[]>> = {};
  for (const { test, variable, values } of list) byTest[test] = { ...byTest[test], [variable]: values };
  return byTest;
}
