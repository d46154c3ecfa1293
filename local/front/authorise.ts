// Between "who is it" and "do it": turns a verified request away when its signer's policies do not allow what it wants.
// MWAA's own routes are authorised by the API gateway, which knows what they mean.
import { type Authority, denialMessage, type Wish } from "../auth/authority.ts";
import { s3Wishes, type S3RequestLine } from "../auth/s3-wishes.ts";
import { type Place, serviceWish } from "../auth/service-wishes.ts";
import type { ServiceRequest } from "../engine.ts";
import { Refusal } from "./refusals.ts";

/** @throws Refusal accessDenied, in IAM's words */
export function authoriseS3(authority: Authority, arn: string, line: S3RequestLine): void {
  refuseUnlessAllowed(authority, arn, s3Wishes(line));
}

/** @throws Refusal accessDenied, in IAM's words */
export function authoriseService(
  authority: Authority,
  signingName: string,
  request: Pick<ServiceRequest, "method" | "rawQuery" | "headers" | "body" | "caller">,
  place: Place,
): void {
  const { arn } = request.caller;
  const { action, wishes } = serviceWish(signingName, request, place);
  const verdict = authority.verdictOf(arn, action);
  if (verdict === "allowed") return;
  const asked = verdict === undefined ? wishes() : [{ action, target: { within: "" } }];
  refuseUnlessAllowed(authority, arn, asked);
}

function refuseUnlessAllowed(authority: Authority, arn: string, wishes: readonly Wish[]): void {
  const denial = authority.denied(arn, wishes);
  if (denial !== undefined) throw new Refusal("accessDenied", denialMessage(arn, denial));
}
