// What goes wrong with a request, drawn from the service model: values its shapes forbid, bodies that are no JSON, paths that
// mean something else, callers who may not.
import * as fc from "fast-check";
import type { ModelShape } from "../../../shared/domain/model-schema.ts";
import type { ApiRequest } from "./served-api.ts";
import { type Json, pathOf, sentSecret, shapes, type ValidRequest } from "./valid-requests.ts";

/** A request with one to three things wrong, or right by chance. */
export const anyMutationOf = (valid: ValidRequest): fc.Arbitrary<ApiRequest> =>
  fc
    .record({
      members: fc.array(memberMutation(valid), { maxLength: 2 }),
      strangers: rarely(6, fc.constantFrom(...strangers)),
      label: rarely(4, fc.tuple(fc.nat(), fc.constantFrom(...strangeLabels))),
      path: rarely(8, fc.constantFrom(...pathTricks)),
      method: rarely(12, fc.constantFrom("HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "PROPFIND")),
      query: rarely(5, fc.constantFrom(...strangeQueries)),
      body: rarely(4, fc.constantFrom(...bodyTricks)),
      contentType: fc.constantFrom(
        "application/json",
        "application/json",
        "text/plain",
        "application/cbor",
        "",
        "\t;=",
      ),
      who: fc.constantFrom(...callers),
    })
    .map(({ members, strangers: stranger, label, path, method, query, body, contentType, who }) => {
      const changed = members.reduce((value, change) => changedAt(value, change.path, change.value), valid.body);
      const text = textOf(stranger ? { ...changed, ...stranger } : changed);
      const pairs = [
        ...valid.query.map((pair) => pair.map(encodeURIComponent).join("=")),
        ...(query ? [query(valid)] : []),
      ];
      // unsigned, only the path tells which service is meant: such a request is refused in that one's form
      const target = (who === undefined ? asItIs : (path ?? asItIs))(strangePath(valid, label));
      return {
        line: `${method ?? valid.route.method} ${target}${pairs.length > 0 ? `?${pairs.join("&")}` : ""}`,
        who,
        headers: contentType === "" ? {} : { "content-type": contentType },
        body: body ? body(text) : text,
      };
    });

/** Undefined, but once in so many times. */
const rarely = <Value>(times: number, arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const asItIs = (path: string) => path;
const textOf = (body: unknown) => (body === undefined ? "" : JSON.stringify(body));

/** The path with one label replaced, as it stands. */
function strangePath(valid: ValidRequest, strange: readonly [number, string] | undefined): string {
  const names = Object.keys(valid.labels);
  return strange && names.length > 0
    ? pathOf(valid, { [names[strange[0] % names.length]!]: strange[1] })
    : pathOf(valid);
}

interface MemberChange {
  readonly path: readonly string[];
  /** Undefined drops the member. */
  readonly value: unknown;
}

function memberMutation(valid: ValidRequest): fc.Arbitrary<MemberChange> {
  const places = membersOf(valid.input);
  if (places.length === 0) return fc.record({ path: fc.constant(["Stranger"]), value: anyValue });
  return fc
    .constantFrom(...places)
    .chain(({ path, shape }) => fc.record({ path: fc.constant(path), value: fc.oneof(wrongFor(shape), anyValue) }));
}

/** Places of a body where the model says what may stand, the members of members among them. */
function membersOf(name: string, above: readonly string[] = []): readonly { path: string[]; shape: ModelShape }[] {
  const shape = shapes[name]!;
  if (above.length > 5 || shape.document) return [];
  const below = (step: string, child: string) => [
    { path: [...above, step], shape: shapes[child]! },
    ...membersOf(child, [...above, step]),
  ];
  if (shape.type === "list") return below("0", shape.member!.shape);
  if (shape.type === "map") return below("a.key", shape.value!.shape);
  return Object.entries(shape.members ?? {})
    .filter(([, { location }]) => location === undefined)
    .flatMap(([member, child]) => below(member, child.shape));
}

/** Values just outside, at and far beyond what a shape allows; strings that make a careless pattern backtrack. */
function wrongFor(shape: ModelShape): fc.Arbitrary<unknown> {
  const most = shape.max ?? 1000;
  const least = shape.min ?? 0;
  const content = shape.sensitive ? sentSecret : "x"; // what is not sensitive may be shown to who sent it
  if (["integer", "long", "double", "timestamp"].includes(shape.type))
    return fc.constantFrom<unknown>(least - 1, least, most, most + 1, 1.5, -0, 1e308, 2 ** 53, String(least));
  if (shape.type === "list")
    return fc.constantFrom<unknown>([], Array(least).fill("x"), Array(most + 1).fill("sg-a"), Array(5000).fill(""));
  if (shape.type === "map" || shape.type === "structure")
    return fc.constantFrom<unknown>(
      {},
      parsed('{"__proto__":"x"}'),
      parsed('{"constructor":{"a":"b"}}'),
      wide(content),
      longKey(content),
    );
  return fc.constantFrom<unknown>(
    "",
    "a".repeat(most + 1),
    `${"a".repeat(Math.min(most - 1, 5000))}!`,
    `${"a".repeat(50_000)}!`,
    `${shape.enum?.[0] ?? "a"}\n`,
    "🦄".repeat(300),
    "\u0000",
    "\ud800",
    content,
  );
}

const parsed = (text: string): unknown => JSON.parse(text);
const wide = (value: string) => Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`k${at}!`, value]));
const longKey = (value: string) => ({ [`${"a".repeat(20_000)}!`]: value });
const nested = (depth: number): unknown => parsed(`${"[".repeat(depth)}1${"]".repeat(depth)}`);

const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(undefined, undefined, null, true, 0, "", "5", [], {}, [null], [[]], nested(40), nested(70)),
  fc.string(),
  fc.jsonValue(),
);

/** A copy with one member replaced, made or dropped; what is on the way and no container is left alone. */
function changedAt(value: unknown, [step, ...rest]: readonly string[], put: unknown): Record<string, Json> | undefined {
  const isContainer = value !== null && typeof value === "object";
  if (step === undefined || (value !== undefined && !isContainer)) return value as never;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) };
  if (rest.length > 0) copy[step] = changedAt(copy[step], rest, put);
  else if (put === undefined) delete copy[step];
  else copy[step] = put;
  return copy as Record<string, Json>;
}

/** `choosy` may do most things, by a policy that looks at each resource. */
const callers = [...Array<string>(6).fill("choosy"), "operator", "operator", "reader", "nobody", undefined];

const strangers: readonly object[] = [
  { Stranger: sentSecret },
  { Name: "somebody-else", ResourceArn: "arn", OperationId: "o", Role: "Admin", EnvironmentName: "x" },
  parsed('{"__proto__":{"Name":"x","Role":"Admin"}}') as object,
  parsed('{"constructor":{"prototype":{"Role":"Admin"}},"toString":1,"hasOwnProperty":null}') as object,
  { KmsKey: "k", EndpointManagement: "SERVICE", NetworkConfiguration: { SubnetIds: ["subnet-a", "subnet-b"] } },
];

const strangeLabels = [
  "nobody-has-this",
  "forbidden",
  "1st",
  "a".repeat(81),
  "a".repeat(9000),
  "..",
  ".",
  "%2e%2e",
  "a%2Fb",
  "a%252Fb",
  "a%00b",
  "%E2%82",
  "%zz",
  "%F0%9F%A6%84",
  "available;x=1",
  "available%20",
  "__proto__",
  "constructor",
  "0",
  "-1",
  "1e3",
  "99999999",
  "999999999",
  "*",
  "%2A",
  "arn%3Aaws%3Aairflow%3Aus-east-1%3A111111111111%3Aenvironment%2Favailable",
  "arn%3Aaws%3Aairflow%3Aeu-west-1%3A000000000000%3Aenvironment%2Favailable",
  `arn%3Aaws%3Aairflow%3Aus-east-1%3A000000000000%3Aenvironment%2Fa${"%F0%9F%A6%84".repeat(1100)}`,
  "arn%3Aaws%3Aairflow%3Aus-east-1%3A000000000000%3Aenvironment%2Fa%0Aavailable",
  "arn%3Aaws%3Airflow",
];

const pathTricks: readonly ((path: string) => string)[] = [
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => `${path}/..`,
  (path) => `/x/..${path}`,
  (path) => `/.${path}`,
  (path) => path.replace("/", "/%2F"),
  (path) => path.replaceAll("/", "%2F").replace("%2F", "/"),
  (path) => path.replaceAll("/", "%252F").replace("%252F", "/"),
  (path) => path.replaceAll("/", "//"),
  (path) => `${path};jsessionid=1`,
  (path) => path.toUpperCase(),
  (path) => `${path}%20`,
  (path) => `/_hangar${path}`,
  (path) => `${path}/operations/${"z".repeat(26)}`,
];

const strangeQueries: readonly ((valid: ValidRequest) => string)[] = [
  ({ body }) =>
    Object.entries(body ?? {})
      .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
      .join("&"),
  () => "MaxResults=26",
  () => "MaxResults=0&MaxResults=5",
  () => "MaxResults=1e1",
  () => "NextToken=made-up",
  () => `NextToken=${Buffer.from(`1:${"a".repeat(1400)}`).toString("base64url")}`,
  () => `NextToken=${"a".repeat(2049)}`,
  () => `tagKeys=${"k".repeat(129)}`,
  () => Array.from({ length: 51 }, (_, at) => `tagKeys=k${at}`).join("&"),
  () => "tagKeys=",
  () => "Details=maybe",
  () => "__proto__=x&constructor=y&Name=other",
  () => "Role=Admin",
  () => "Number=0&Against=0",
  () => "Against=99999999&Path=%00",
  () => "Against=1e3",
  () => `Path=${"a".repeat(1025)}`,
  () => `NextToken=${Buffer.from("1:1 0").toString("base64url")}`,
  () => `NextToken=${Buffer.from("1:9").toString("base64url")}`,
  () => "%zz=1",
];

const bodyTricks: readonly ((text: string) => string | Buffer)[] = [
  () => "",
  () => "null",
  () => "[]",
  () => '"text"',
  () => "{",
  (text) => text.slice(0, -1),
  (text) => `\ufeff${text}`,
  (text) => `${text}${text}`,
  (text) => text.replace("{", '{"Name":"twice","Name":"other","MaxWorkers":0,'),
  (text) =>
    Buffer.concat([
      Buffer.from(text.slice(0, -1)),
      Buffer.from(`,"x":"`),
      Buffer.from([0xff, 0xc0]),
      Buffer.from('"}'),
    ]),
  () => Buffer.from([0xff, 0xfe, 0x00, 0x7b]),
  () => `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`,
  () => "[".repeat(200_000),
  (text) => text.replace("{", '{"Tags":{"__proto__":"x"},'),
  (text) => encodeURIComponent(text),
];
