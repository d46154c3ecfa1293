// The import law (design, "The house"): what each room of the house may import. The first room a file belongs to counts.
import type { Import } from "./source-files.ts";

export interface Room {
  readonly name: string;
  /** Which files it holds. */
  readonly holds: RegExp;
  /** Files it may import. */
  readonly files: readonly RegExp[];
  /** Packages it may import. */
  readonly packages: readonly RegExp[];
}

const domain = /^shared\/domain\//;
const ports = /^shared\/ports\//;
const runtime = /^shared\/runtime\//;
const wiring = /^functions\/(wiring|routes|triggers)\.ts$/;
const contract = /^state-machines\/contract\.ts$/;
const node = /^node:/;
const sdk = /^(@aws-sdk\/|pg$)/;
const zod = /^zod$/;

export const rooms: readonly Room[] = [
  { name: "domain: pure decisions", holds: domain, files: [domain], packages: [zod] },
  { name: "ports: interfaces", holds: ports, files: [domain, ports], packages: [] },
  {
    name: "aws: the SDK adapters",
    holds: /^shared\/aws\//,
    files: [/^shared\/aws\//, ports, domain],
    packages: [sdk, node],
  },
  {
    // the one exception to "only aws imports the SDK": it makes the clients and hands them to the adapters, so that an
    // adapter can be given another client in a test, and a handler never sees one
    name: "runtime/provide: wires clients to adapters",
    holds: /^shared\/runtime\/provide\//,
    files: [runtime, /^shared\/aws\//, domain, ports],
    packages: [sdk],
  },
  {
    name: "runtime: the doors",
    holds: runtime,
    files: [runtime, ports, domain],
    packages: [/^@middy\//, /^@aws-lambda-powertools\//, /^aws-lambda$/, zod, node],
  },
  { name: "functions/wiring, routes, triggers: data only", holds: wiring, files: [wiring], packages: [] },
  { name: "functions: load, decide, commit", holds: /^functions\//, files: [domain, ports, runtime], packages: [] },
  {
    name: "state-machines/contract: read by the one-machine region, which loads no schema library",
    holds: contract,
    files: [/^shared\/domain\/ladders\.ts$/],
    packages: [],
  },
  { name: "state-machines/inputs", holds: /^state-machines\//, files: [], packages: [zod] },
  {
    name: "stacks: infrastructure",
    holds: /^(stacks\/|sst\.config\.ts$)/,
    files: [/^stacks\//, wiring, contract, /^shared\/aws\/table-schema\.ts$/],
    packages: [node],
  },
  {
    name: "local: the one-machine region, nothing of Hangar's own logic",
    holds: /^local\//,
    files: [/^local\//, wiring, contract, /^shared\/aws\/table-schema\.ts$/, /^shared\/domain\/glob\.ts$/],
    packages: [/^(?!@aws-sdk\/|@middy\/|@aws-lambda-powertools\/)/],
  },
  {
    name: "cli: speaks to the API, as any client would",
    holds: /^cli\//,
    files: [/^cli\//, /^local\//],
    packages: [/^@aws-sdk\/client-s3$/, /^@smithy\/signature-v4$/, /^commander$/, node],
  },
  {
    name: "simulation: the real decisions on a modelled day",
    holds: /^simulation\//,
    files: [/^simulation\//, domain, ports, wiring, /^shared\/runtime\/scaler\.ts$/],
    packages: [zod, node],
  },
  { name: "contracts: generators", holds: /^contracts\//, files: [/^contracts\//], packages: [node] },
];

/** The room a production file stands in. */
export const roomOf = (path: string): Room | undefined => rooms.find(({ holds }) => holds.test(path));

/** Whether the room may import this. Test-only files are nobody's but the tests'. */
export function mayImport(room: Room, target: Import): boolean {
  if ("package" in target) return room.packages.some((pattern) => pattern.test(target.package));
  return (
    !/(\/testing\/|\/testing\.ts$|\.test\.ts$)/.test(target.file) &&
    room.files.some((pattern) => pattern.test(target.file))
  );
}
