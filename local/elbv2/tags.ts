// Tags of target groups, rules, the listener and the load balancer.
import { type JsonInput, type JsonOperation, ServiceError } from "../json-protocol.ts";
import { optionalText, requiredText, structures, texts, validationError } from "./input.ts";
import type { ElbState } from "./state.ts";
import type { Store } from "./store.ts";

const mostTags = 50;
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export type Tags = ReadonlyMap<string, string>;

export function tagOperations(state: ElbState): Readonly<Record<string, JsonOperation>> {
  const { store } = state;
  return {
    AddTags: async (input) => {
      const arns = resources(state, input);
      const tags = readTags(input);
      await state.change(() => {
        for (const arn of arns) putTags(store, arn, tags);
        return false;
      });
      return {};
    },
    RemoveTags: async (input) => {
      const arns = resources(state, input);
      await state.change(() => {
        for (const arn of arns) for (const key of texts(input, "TagKeys")) store.deleteTag(arn, key);
        return false;
      });
      return {};
    },
    DescribeTags: (input) => ({
      TagDescriptions: resources(state, input).map((arn) => ({ ResourceArn: arn, Tags: store.tags(arn) })),
    }),
  };
}

/** The `Tags` of a request, checked by the service's rules. */
export function readTags(input: JsonInput): Tags {
  const tags = new Map<string, string>();
  for (const tag of structures(input, "Tags")) {
    const key = requiredText(tag, "Key");
    const value = optionalText(tag, "Value") ?? "";
    if (tags.has(key)) throw new ServiceError("DuplicateTagKeys", `The tag key '${key}' was specified more than once`);
    if (key.length > 128 || value.length > 256 || !allowed.test(key) || !allowed.test(value) || /^aws:/i.test(key)) {
      throw validationError(`The tag '${key}' is not valid`);
    }
    tags.set(key, value);
  }
  return tags;
}

/** Adds to what is there. @throws TooManyTags */
export function putTags(store: Store, arn: string, tags: Tags): void {
  for (const [key, value] of tags) store.putTag(arn, key, value);
  if (store.tags(arn).length > mostTags) throw new ServiceError("TooManyTags", `A resource can have ${mostTags} tags`);
}

function resources(state: ElbState, input: JsonInput): string[] {
  const { store, arns } = state;
  const known = new Set<string>([
    arns.loadBalancer,
    arns.listener,
    arns.defaultRule,
    ...[...store.targetGroups(), ...store.rules()].map(({ arn }) => arn),
  ]);
  const wanted = texts(input, "ResourceArns");
  if (wanted.length === 0 || wanted.length > 20) throw validationError("Between 1 and 20 resources must be specified");
  for (const arn of wanted) {
    if (known.has(arn)) continue;
    const code = [":targetgroup/", ":listener-rule/", ":listener/", ":loadbalancer/"].findIndex((part) =>
      arn.includes(part),
    );
    const name = ["TargetGroup", "Rule", "Listener", "LoadBalancer"][code];
    if (!name) throw validationError(`'${arn}' is not a valid ARN of this service`);
    throw new ServiceError(`${name}NotFound`, `'${arn}' not found`);
  }
  return wanted;
}
