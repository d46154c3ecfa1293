// The load balancer and its listener: declared, not made, so they are only described.
import { type JsonOperation, ServiceError } from "../json-protocol.ts";
import { loadBalancerName } from "./arns.ts";
import { optionalText, page, texts, validationError } from "./input.ts";
import { defaultAction, requireListener } from "./rules.ts";
import type { ElbState } from "./state.ts";

export function loadBalancerOperations(state: ElbState): Readonly<Record<string, JsonOperation>> {
  const { arns, context } = state;
  const notFound = (what: string) => new ServiceError("LoadBalancerNotFound", `Load balancers '[${what}]' not found`);
  return {
    DescribeLoadBalancers: (input) => {
      const [wantedArns, wantedNames] = [texts(input, "LoadBalancerArns"), texts(input, "Names")];
      if (wantedArns.length > 0 && wantedNames.length > 0) {
        throw validationError("Load balancer names and ARNs cannot be specified at the same time");
      }
      const foreign =
        wantedArns.find((arn) => arn !== arns.loadBalancer) ?? wantedNames.find((name) => name !== loadBalancerName);
      if (foreign !== undefined) throw notFound(foreign);
      const balancer = {
        LoadBalancerArn: arns.loadBalancer,
        DNSName: "127.0.0.1",
        LoadBalancerName: loadBalancerName,
        Scheme: "internal",
        Type: "application",
        State: { Code: state.status() ? "active" : "provisioning" },
        AvailabilityZones: [{ ZoneName: `${context.region}a` }],
        SecurityGroups: [],
        IpAddressType: "ipv4",
      };
      return { LoadBalancers: page(input, [balancer]).items };
    },

    DescribeListeners: (input) => {
      const balancer = optionalText(input, "LoadBalancerArn");
      const wanted = texts(input, "ListenerArns");
      if ((balancer === undefined) === (wanted.length === 0)) {
        throw validationError("Either LoadBalancerArn or ListenerArns must be specified");
      }
      if (balancer !== undefined && balancer !== arns.loadBalancer) throw notFound(balancer);
      for (const arn of wanted) requireListener(state, arn);
      const listener = {
        ListenerArn: arns.listener,
        LoadBalancerArn: arns.loadBalancer,
        Port: state.port,
        Protocol: "HTTP",
        DefaultActions: [defaultAction],
      };
      return { Listeners: page(input, [listener]).items };
    },
  };
}
