// Tags of alarms: put, take away, list. Other taggable resources of CloudWatch are not here.
import type { JsonInput, JsonOperation } from "../json-protocol.ts";
import { alarmArn } from "./alarm.ts";
import type { AlarmStore, Tags } from "./alarm-store.ts";
import { metricsError, missing, requiredText, structures, texts } from "./errors.ts";

const mostTags = 50;

export function alarmTagOperations(
  store: Pick<AlarmStore, "tags" | "setTags">,
  place: { readonly region: string; readonly accountId: string },
): Readonly<Record<string, JsonOperation>> {
  function tagged(input: JsonInput): { readonly name: string; readonly tags: Tags } {
    const arn = requiredText(input, "ResourceARN", 1024);
    const prefix = alarmArn("", place);
    const name = arn.startsWith(prefix) ? arn.slice(prefix.length) : "";
    const tags = store.tags(name);
    if (tags) return { name, tags };
    const members = { ResourceType: "arn", ResourceId: arn };
    throw metricsError("ResourceNotFoundException", `There is no alarm ${arn}.`, members);
  }

  return {
    TagResource(input) {
      const { name, tags } = tagged(input);
      if (structures(input, "Tags").length === 0) return missing("Tags");
      store.setTags(name, readTags(input, tags));
      return {};
    },

    UntagResource(input) {
      const { name, tags } = tagged(input);
      const gone = texts(input, "TagKeys", mostTags, 128);
      store.setTags(name, Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.includes(key))));
      return {};
    },

    ListTagsForResource(input) {
      const { tags } = tagged(input);
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    },
  };
}

/** The tags of a request on top of those that are there. */
export function readTags(input: JsonInput, existing: Tags): Tags {
  const all = new Map(Object.entries(existing));
  for (const tag of structures(input, "Tags")) {
    const key = requiredText(tag, "Key", 128);
    all.set(key, tag["Value"] === "" ? "" : requiredText(tag, "Value", 256));
  }
  if (all.size <= mostTags) return Object.fromEntries(all);
  throw metricsError("InvalidParameterValueException", `A resource can have at most ${mostTags} tags.`);
}
