// TagResource, UntagResource and ListTagsForResource, for every kind of resource that has an ARN.
import { type JsonInput, type JsonOperation, ServiceError } from "../json-protocol.ts";
import { invalidParameter, requiredText, tags, textList } from "./input.ts";
import type { Tag } from "./records.ts";
import { type State, shortName } from "./state.ts";

export function tagOperations(state: State): Record<string, JsonOperation> {
  return {
    TagResource: (input) => {
      const { record, save } = taggedResource(state, input);
      const given = tags(input);
      const names = new Set(given.map((tag) => tag.key));
      const all = [...record.tags.filter((tag) => !names.has(tag.key)), ...given];
      if (all.length > 50) throw invalidParameter("The number of tags exceeds the limit of 50.");
      record.tags = all;
      save();
      return {};
    },
    UntagResource: (input) => {
      const { record, save } = taggedResource(state, input);
      const names = textList(input, "tagKeys");
      record.tags = record.tags.filter((tag) => !names.includes(tag.key));
      save();
      return {};
    },
    ListTagsForResource: (input) => ({ tags: taggedResource(state, input).record.tags }),
  };
}

function taggedResource(state: State, input: JsonInput): { record: { tags: Tag[] }; save: () => void } {
  const arn = requiredText(input, "resourceArn");
  const kind = arn.split(":")[5]?.split("/")[0];
  const { clusters, services, definitions, tasks } = state.store;
  const resources: Record<string, () => { record: { tags: Tag[] } | undefined; save: () => void }> = {
    cluster: () => entry(clusters, shortName(arn)),
    service: () => entry(services, arn),
    "task-definition": () => entry(definitions, arn),
    task: () => entry(tasks, shortName(arn)),
  };
  const { record, save } = resources[kind ?? ""]?.() ?? {};
  if (record && save) return { record, save };
  if (kind === undefined || !Object.hasOwn(resources, kind)) throw invalidParameter("Unsupported resource type.");
  throw new ServiceError("ResourceNotFoundException", "The specified resource was not found.");
}

function entry<Value extends { tags: Tag[] }>(
  collection: { get(key: string): Value | undefined; put(key: string, value: Value): void },
  key: string,
): { record: Value | undefined; save: () => void } {
  const record = collection.get(key);
  return { record, save: () => record && collection.put(key, record) };
}
