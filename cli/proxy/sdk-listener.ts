// The listener for unmodified MWAA clients: they sign for `airflow` and put `api.`, `env.` or `ops.` before the host.
// Their own signature is verified; what passes is signed anew by the upstream.
import type { IncomingMessage } from "node:http";
import { parseQuery, readClaim, type SignatureClaim } from "../../local/front/claim.ts";
import { Refusal as SignatureRefusal } from "../../local/front/refusals.ts";
import { checkClaim, type SignedRequest, verifySignature } from "../../local/front/verify.ts";
import { equalInConstantTime } from "./constant-time.ts";
import type { ProxyCredentials } from "./credentials.ts";
import { pathProblem } from "./path-rule.ts";
import { type Answer, denied, ProxyRefusal } from "./refusal.ts";
import { readBody } from "./request-body.ts";
import { ownHosts, type RequestHead, readHead } from "./request-head.ts";
import type { Upstream } from "./upstream.ts";

export interface SdkListenerOptions {
  readonly credentials: ProxyCredentials;
  readonly region: string;
  readonly upstream: Upstream;
  /** Leaves GET. */
  readonly readOnly: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called for each request that passed all checks. */
  readonly onUse: () => void;
}

/** As much as the region takes. */
const maximumBodyBytes = 10 * 1024 * 1024;
const prefixes = ["", "api.", "env.", "ops."];

/** The hosts MWAA's clients make of ours: bare, or with one of the model's host prefixes. */
const sdkHosts = (port: number): ReadonlySet<string> =>
  new Set(ownHosts(port).flatMap((host) => prefixes.map((prefix) => prefix + host)));

/**
 * Checks a request and forwards it.
 * @throws ProxyRefusal, or the front door's Refusal for a signature that does not hold
 */
export async function answerSdk(options: SdkListenerOptions, request: IncomingMessage, port: number): Promise<Answer> {
  const head = readHead(request, sdkHosts(port));
  refuseBrowsers(head);
  const problem = pathProblem(head.rawPath);
  if (problem !== undefined) throw new ProxyRefusal(400, "ValidationException", `The path is refused: ${problem}.`);
  const query = parseQuery(head.rawQuery);
  const signed: SignedRequest = { method: head.method, rawPath: head.rawPath, query, headers: head.headers };
  const verify = checkSignature(options, signed, head);
  if (options.readOnly && head.method !== "GET") {
    throw denied("This proxy was started with --read-only; it forwards GET only.");
  }
  const { body, hash } = await readBody(request, maximumBodyBytes);
  verify(hash);
  options.onUse();
  return options.upstream.send({ ...signed, body });
}

/** A page of any origin can reach loopback. No SDK outside a browser sends these; Node's fetch sends `sec-fetch-mode`. */
function refuseBrowsers({ method, headers }: RequestHead): void {
  const fromBrowser = ["origin", "sec-fetch-site"].find((name) => name in headers);
  if (fromBrowser !== undefined || method === "OPTIONS") {
    throw denied("This address is for SDKs and the AWS CLI; browsers use the other address the proxy printed.");
  }
}

/** All that can be checked before the body is read. @returns what proves the signature once the body's hash is known */
function checkSignature(
  { credentials, region, now }: SdkListenerOptions,
  signed: SignedRequest,
  head: RequestHead,
): (payloadHash: string) => void {
  const claim = readClaim(head.headers, signed.query);
  if (claim === undefined) throw new SignatureRefusal("missingToken", "Missing Authentication Token");
  if (claim.presigned) {
    throw new SignatureRefusal(
      "incompleteSignature",
      "Presigned addresses are not accepted; send an Authorization header.",
    );
  }
  checkScope(claim, region);
  if (!equalInConstantTime(claim.accessKeyId, credentials.accessKeyId)) {
    throw new SignatureRefusal(
      "unknownKey",
      "The security token included in the request is invalid: sign with the credentials this proxy was started with.",
    );
  }
  const key = { ...credentials, arn: "" };
  checkClaim(claim, signed, key, region, now());
  return (payloadHash) => verifySignature(claim, signed, key, payloadHash);
}

function checkScope(claim: SignatureClaim, region: string): void {
  const given = `${claim.region}/${claim.service}`;
  if (given === `${region}/airflow`) return;
  throw new SignatureRefusal("wrongScope", `Credential should be scoped to ${region}/airflow, not ${given}.`);
}
