// What is known of Airflow's configuration options, version by version: which there are, which are secret, what became of
// old names, and what Hangar sets itself. Pure look-ups; the facts are in airflow-options.generated.ts.
import { airflowOptions } from "./airflow-options.generated.ts";
import { airflowMajor } from "./offerings.ts";

/** Versions are bits, the first the lowest; the bit above them means sensitive. */
export interface OptionCatalogue {
  readonly versions: readonly string[];
  readonly sections: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By old name: in which versions, the new name, and since when Airflow takes the old one for it; without: it does not. */
  readonly renamed: Readonly<
    Record<string, readonly (readonly [versions: number, to: string, since: string] | readonly [number, string])[]>
  >;
  /** In which versions, and Airflow's own advice, which may be empty. */
  readonly removed: Readonly<Record<string, readonly (readonly [versions: number, advice: string])[]>>;
  /** Option, or `section.*`, to why Hangar sets it itself. */
  readonly protected: Readonly<Record<"always" | "2" | "3", Readonly<Record<string, string>>>>;
  readonly ignored: Readonly<Record<string, string>>;
}

/** Options of MWAA's own (MWAA user guide, "Using Apache Airflow configuration options"). */
const ofMwaa: readonly string[] = ["mwaa.triggerer_enabled", "mwaa.worker_replacement_threshold_seconds"];

/** Sections that hand every key on to somebody else: Celery's transports. */
const openSections: readonly string[] = ["celery_broker_transport_options", "celery_result_backend_transport_options"];

/** Airflow's own list of what a secret's name contains (airflow, DEFAULT_SENSITIVE_FIELDS). */
const secretWords: readonly string[] = [
  "access_token",
  "api_key",
  "apikey",
  "authorization",
  "keyfile_dict",
  "passphrase",
  "passwd",
  "password",
  "private_key",
  "proxy",
  "proxies",
  "secret",
  "service_account",
  "token",
];

const { versions, sections } = airflowOptions;
const all = 2 ** versions.length - 1;
const bitOf = (version: string): number => (versions.includes(version) ? 2 ** versions.indexOf(version) : all);

/** `core.parallelism` → `["core", "parallelism"]`; only the first dot ends the section. */
export function partsOf(option: string): readonly [section: string, name: string] {
  const at = option.indexOf(".");
  return at < 0 ? [option, ""] : [option.slice(0, at), option.slice(at + 1)];
}

function marksOf(option: string): number {
  const [section, name] = partsOf(option);
  const known = Object.hasOwn(sections, section) ? sections[section]! : {};
  return Object.hasOwn(known, name) ? known[name]! : 0;
}

/** A secret option may also be given as a command that prints it, or by its name in a secrets backend. */
function plain(option: string): string {
  const without = option.replace(/_(cmd|secret)$/, "");
  return marksOf(option) === 0 && marksOf(without) > all ? without : option;
}

/** Whether an Airflow of this version knows the option. Of a version that is not in the catalogue: whether any does. */
export function isKnown(option: string, version: string): boolean {
  if (ofMwaa.includes(option) || openSections.includes(partsOf(option)[0])) return true;
  return (marksOf(plain(option)) & bitOf(version)) !== 0;
}

/** The versions that know the option, the oldest first. */
export const versionsWith = (option: string): readonly string[] =>
  versions.filter((version) => isKnown(option, version));

export const isKnownSection = (option: string, version: string): boolean => {
  const [section] = partsOf(option);
  if (section === "mwaa") return true;
  return Object.hasOwn(sections, section) && Object.values(sections[section]!).some((marks) => marks & bitOf(version));
};

/** Every option of a version. */
export const optionsOf = (version: string): readonly string[] => [
  ...ofMwaa,
  ...Object.entries(sections).flatMap(([section, names]) =>
    Object.entries(names).flatMap(([name, marks]) => (marks & bitOf(version) ? [`${section}.${name}`] : [])),
  ),
];

/** Whether a value may be secret: by the catalogue, by the words of its name, by a password in an address. */
export function isSensitive(option: string, value = ""): boolean {
  const target = Object.hasOwn(airflowOptions.renamed, option) ? airflowOptions.renamed[option]![0]![1] : option;
  if (marksOf(plain(option)) > all || marksOf(target) > all) return true;
  return secretWords.some((word) => option.includes(word)) || /:\/\/[^/\s@]*:[^/\s@]*@/.test(value);
}

export interface Renaming {
  readonly to: string;
  /** Since when Airflow takes the old name for the new one; null: it does not. */
  readonly since: string | null;
}

export function renamingOf(option: string, version: string): Renaming | undefined {
  const found = lookUp(airflowOptions.renamed, option)?.find(([some]) => some & bitOf(version));
  return found && { to: found[1], since: found[2] ?? null };
}

/** Airflow's own advice about an option it has taken away; may be empty. */
export const removalOf = (option: string, version: string): string | undefined =>
  lookUp(airflowOptions.removed, option)?.find(([some]) => some & bitOf(version))?.[1];

/** Why Hangar sets the option itself, whatever is asked for; undefined: it does not. */
export function protectionOf(option: string, version: string): string | undefined {
  const { always, ...byMajor } = airflowOptions.protected;
  const table = { ...always, ...byMajor[airflowMajor(version)] };
  const base = option.replace(/_(cmd|secret)$/, "");
  return lookUp(table, option) ?? lookUp(table, base) ?? lookUp(table, `${partsOf(option)[0]}.*`);
}

/** Why the option decides nothing here. */
export const indifferenceOf = (option: string): string | undefined => lookUp(airflowOptions.ignored, option);

const lookUp = <Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
