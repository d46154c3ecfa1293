// The public access block of a bucket: four switches, all on for a new bucket.
import { S3Error } from "../errors.ts";
import { receiveText } from "../receive-body.ts";
import type { S3Request, S3Response } from "../request.ts";
import type { Store } from "../store.ts";
import { readXml, textOf, writeXml } from "../xml.ts";

const switches = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"] as const;

export type PublicAccessBlock = Readonly<Record<(typeof switches)[number], boolean>>;

/** What a new bucket starts with. */
export const blockAllPublicAccess: PublicAccessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** GetPublicAccessBlock. */
export function getPublicAccessBlock(request: S3Request, store: Store): S3Response {
  const { name } = store.buckets.get(request.bucket);
  const block = store.buckets.setting<PublicAccessBlock>(name, "publicAccessBlock");
  if (!block) throw new S3Error("NoSuchPublicAccessBlockConfiguration", { members: { BucketName: name } });
  return { status: 200, body: writeXml("PublicAccessBlockConfiguration", block) };
}

/** PutPublicAccessBlock: a switch that is left out is off. */
export async function putPublicAccessBlock(request: S3Request, store: Store): Promise<S3Response> {
  store.buckets.get(request.bucket);
  const document = readXml(await receiveText(request), "PublicAccessBlockConfiguration");
  const block = Object.fromEntries(
    switches.map((name) => {
      const text = textOf(document, name)?.trim().toLowerCase() ?? "false";
      if (text !== "true" && text !== "false") throw new S3Error("MalformedXML");
      return [name, text === "true"];
    }),
  );
  await store.commit(() => store.buckets.setSetting(request.bucket, "publicAccessBlock", block));
  return { status: 200 };
}

/** DeletePublicAccessBlock. */
export async function deletePublicAccessBlock(request: S3Request, store: Store): Promise<S3Response> {
  await store.commit(() => store.buckets.setSetting(request.bucket, "publicAccessBlock", undefined));
  return { status: 204 };
}
