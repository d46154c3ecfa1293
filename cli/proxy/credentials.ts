// Where the proxy forwards to, and as whom: the one-machine region of a home with its operator key, or a deployed API
// with the ambient AWS credentials. Both are fixed at start.
import { targetAs } from "../access-keys.ts";
import { exitCodes, Failure } from "../failure.ts";

export interface ProxyCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary credentials have both. */
  readonly sessionToken?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

export interface ProxyTarget {
  /** Scheme, host and port; a path is the API's stage. */
  readonly endpoint: URL;
  readonly region: string;
  readonly credentials: ProxyCredentials;
  /** Where STS answers for the same credentials. */
  readonly identityEndpoint: URL;
  /** How the web addresses the API hands out are reached: one machine has no certificates. */
  readonly webScheme: "http" | "https";
}

/**
 * The region that serves this home.
 * @param keyName a user's name or an access key id; the operator's key when absent
 * @throws Failure when no region runs, or there is no such key
 */
export function regionTarget(home: string, keyName?: string): ProxyTarget {
  const { url, region, key: credentials } = targetAs(home, keyName);
  const endpoint = new URL(url);
  return { endpoint, region, credentials, identityEndpoint: endpoint, webScheme: "http" };
}

/** Finds credentials as every AWS client does. @returns expiration for temporary ones */
export type CredentialProvider = () => Promise<{
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}>;

/**
 * An API that stands elsewhere.
 * @param endpoint `https://<api id>.execute-api.<region>.amazonaws.com`, a domain of your own, or http on loopback
 * @param region needed where the endpoint's name does not say it
 * @throws Failure when the endpoint cannot be used, or no credentials are found
 */
export async function deployedTarget(
  endpoint: string,
  region: string | undefined,
  provider: CredentialProvider = defaultChain,
): Promise<ProxyTarget> {
  const url = readEndpoint(endpoint);
  const named = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(url.hostname)?.[1] ?? region;
  if (named === undefined) {
    throw usage(`the region of ${url.host} is not known`, "set AWS_REGION to the region the API stands in");
  }
  const found = await provider().catch((cause: unknown) => {
    throw new Failure("no AWS credentials were found", {
      why: cause instanceof Error ? cause.message : String(cause),
      fix: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or sign in with aws sso login",
      exitCode: exitCodes.denied,
      cause,
    });
  });
  const isLoopback = url.protocol === "http:";
  return {
    endpoint: url,
    region: named,
    credentials: {
      accessKeyId: found.accessKeyId,
      secretAccessKey: found.secretAccessKey,
      ...(found.sessionToken === undefined ? {} : { sessionToken: found.sessionToken }),
      ...(found.expiration === undefined ? {} : { expiresAt: found.expiration.getTime() }),
    },
    identityEndpoint: isLoopback ? url : new URL(`https://sts.${named}.amazonaws.com${cn(url)}`),
    webScheme: isLoopback ? "http" : "https",
  };
}

const cn = (url: URL): string => (url.hostname.endsWith(".amazonaws.com.cn") ? ".cn" : "");

function readEndpoint(endpoint: string): URL {
  const url = URL.parse(endpoint);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw usage(`${endpoint} is not an address`, "give --endpoint https://<api id>.execute-api.<region>.amazonaws.com");
  }
  if (url.username || url.password || url.search || url.hash) {
    throw usage(
      "the endpoint may have no user, password, query or fragment",
      `--endpoint ${url.origin}${url.pathname}`,
    );
  }
  if (url.protocol === "http:" && !["127.0.0.1", "localhost", "[::1]"].includes(url.hostname)) {
    throw usage(`${url.host} is not on this machine`, `use https: --endpoint https://${url.host}`);
  }
  return url;
}

const usage = (what: string, fix: string): Failure => new Failure(what, { fix, exitCode: exitCodes.usage });

/** Environment, profile, SSO, process, web identity, container, instance: the SDK's own chain, as its clients carry it. */
async function defaultChain() {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const client = new S3Client({ region: "us-east-1" });
  try {
    return await client.config.credentials();
  } finally {
    client.destroy();
  }
}
