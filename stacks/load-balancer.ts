// The door to every environment's web tasks: one listener; each environment adds a host rule and a target group of its
// own. A host no environment has is answered 404.
import { loadBalancerSecurityGroup, vpc } from "./network.ts";
import { production, webDomain } from "./settings.ts";

export const loadBalancer = new sst.aws.Alb("LoadBalancer", {
  vpc,
  domain: { name: `*.${webDomain}`, dns: sst.aws.dns() },
  listeners: [{ port: 443, protocol: "https" }],
  transform: {
    loadBalancer: (balancer) => {
      balancer.securityGroups = [loadBalancerSecurityGroup.id];
      balancer.dropInvalidHeaderFields = true;
      balancer.enableDeletionProtection = production;
      // A worker's call of the Execution API may outlast a minute.
      balancer.idleTimeout = 120;
    },
    // SST's own lets every port in. The balancer uses ours, this one stays empty.
    securityGroup: (group) => {
      group.ingress = [];
      group.egress = [];
    },
    listener: (listener) => {
      listener.sslPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06";
      listener.defaultActions = [
        {
          type: "fixed-response",
          fixedResponse: { statusCode: "404", contentType: "text/plain", messageBody: "No such environment." },
        },
      ];
    },
  },
});

export const listenerArn = loadBalancer.getListener("https", 443).arn;
