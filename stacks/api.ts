// The front door: MWAA's paths, each authorised by IAM. A caller's policy names method and path, so it can be bounded to
// one operation and one environment's name.
import { routes } from "../functions/routes.ts";
import { functions } from "./functions.ts";
import { logicalName } from "./names.ts";
import { logRetentionDays, production } from "./settings.ts";

export const api = new sst.aws.ApiGatewayV2("Api", {
  // Browsers never call it: the console goes through the loopback proxy (design, section 9).
  cors: false,
  accessLog: { retention: production ? "3 months" : "2 weeks" },
  transform: {
    stage: (stage) => {
      // One caller must not use up the account's Lambda concurrency; MWAA's own limits are far lower.
      stage.defaultRouteSettings = { throttlingRateLimit: 100, throttlingBurstLimit: 200 };
    },
    logGroup: (group) => {
      group.retentionInDays = logRetentionDays;
    },
  },
});

for (const route of routes) {
  api.route(`${route.method} ${route.path}`, functions[route.function].arn, {
    // two paths may lead to one function: with the caller's role in them, and without
    name: logicalName(route.path.endsWith("/roles/{Role}") ? `${route.function}-with-role` : route.function),
    auth: { iam: true },
  });
}
