// Tags of buckets and objects: their three written forms and S3's limits.
import { S3Error } from "./errors.ts";
import type { Tag } from "./versions.ts";
import { childOf, childrenOf, readXml, textOf, type XmlChildren } from "./xml.ts";

const mostObjectTags = 10;
const mostBucketTags = 50;

/**
 * Tags of an `x-amz-tagging` header (`a=1&b=2`, URL-encoded).
 * @throws S3Error InvalidTag, InvalidArgument
 */
export function tagsInHeader(header: string | undefined): Tag[] {
  if (!header) return [];
  return valid(
    [...new URLSearchParams(header)].map(([key, value]) => ({ key, value })),
    mostObjectTags,
  );
}

/**
 * Tags of a `Tagging` document.
 * @throws S3Error MalformedXML, InvalidTag, BadRequest
 */
export function tagsInDocument(text: string, owner: "object" | "bucket"): Tag[] {
  const set = childOf(readXml(text, "Tagging", ["Tag"]), "TagSet");
  if (!set) throw new S3Error("MalformedXML");
  const tags = childrenOf(set, "Tag").map((tag) => {
    const key = textOf(tag, "Key");
    const value = textOf(tag, "Value");
    if (key === undefined || value === undefined) throw new S3Error("MalformedXML");
    return { key, value };
  });
  return valid(tags, owner === "object" ? mostObjectTags : mostBucketTags);
}

/** The content of a `Tagging` reply. */
export function tagsXml(tags: readonly Tag[]): XmlChildren {
  return { TagSet: { Tag: tags.map(({ key, value }) => ({ Key: key, Value: value })) } };
}

function valid(tags: Tag[], limit: number): Tag[] {
  if (tags.length > limit) {
    throw new S3Error("BadRequest", { message: `Object tags cannot be greater than ${limit}` });
  }
  for (const { key, value } of tags) {
    if (key === "" || key.length > 128)
      throw new S3Error("InvalidTag", { message: "The TagKey you have provided is invalid" });
    if (value.length > 256) throw new S3Error("InvalidTag", { message: "The TagValue you have provided is invalid" });
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(key + value)) throw new S3Error("InvalidTag");
    if (key.toLowerCase().startsWith("aws:")) {
      throw new S3Error("InvalidTag", { message: "System tags cannot be added/updated by requester" });
    }
  }
  if (new Set(tags.map(({ key }) => key)).size !== tags.length) {
    throw new S3Error("InvalidTag", { message: "Cannot provide multiple Tags with the same key" });
  }
  return tags;
}
