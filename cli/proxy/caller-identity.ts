// Asks STS whose credentials these are, so that a person sees who acts before anything is done.
import type { ProxyTarget } from "./credentials.ts";
import { createUpstream } from "./upstream.ts";

const timeoutMilliseconds = 5000;

/** The caller's ARN, or undefined when STS does not say: the proxy is useful without it. */
export async function callerArn(target: ProxyTarget, now: () => number): Promise<string | undefined> {
  const { region, credentials, identityEndpoint: endpoint } = target;
  const sts = createUpstream({ endpoint, region, credentials, service: "sts", timeoutMilliseconds, now });
  try {
    const { status, body } = await sts.send({
      method: "POST",
      rawPath: "/",
      query: [],
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: Buffer.from("Action=GetCallerIdentity&Version=2011-06-15"),
    });
    return status === 200 ? /<Arn>([^<]+)<\/Arn>/.exec(String(body))?.[1] : undefined;
  } catch {
    return undefined;
  } finally {
    sts.close();
  }
}
