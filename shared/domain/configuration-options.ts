// AirflowConfigurationOptions as a person should see them: what an option is worth to an Airflow of this version, and values
// without their secrets. Nothing here refuses anything: MWAA takes what it is given. No message names a value.
import { nearestOptions } from "./nearest-options.ts";
import {
  indifferenceOf,
  isKnown,
  isKnownSection,
  isSensitive,
  partsOf,
  protectionOf,
  removalOf,
  renamingOf,
  versionsWith,
} from "./option-catalogue.ts";

export type Options = Readonly<Record<string, string>>;

/**
 * UNKNOWN: this Airflow has no such option. RENAMED: it has another name. REMOVED: it had one. OVERRIDDEN: Hangar sets it
 * itself. IGNORED: it decides nothing here.
 */
export const warningCodes = ["UNKNOWN", "RENAMED", "REMOVED", "OVERRIDDEN", "IGNORED"] as const;

export interface OptionWarning {
  readonly option: string;
  readonly code: (typeof warningCodes)[number];
  /** What is so, why, what to do. */
  readonly message: string;
}

/** More than anybody reads, and the work of looking for near names is bounded by it. */
const mostWarnings = 100;

/** What to say about the options, in their order; one warning for an option. @param version of Airflow */
export function optionWarnings(version: string, options: Options): readonly OptionWarning[] {
  const warnings: OptionWarning[] = [];
  for (const option of Object.keys(options)) {
    if (warnings.length >= mostWarnings) break;
    const warning = warningOf(version, option, options);
    if (warning) warnings.push(warning);
  }
  return warnings;
}

/** The wire form of the extensions' answers. */
export const warningView = ({ option, code, message }: OptionWarning) => ({
  Option: option,
  Code: code,
  Message: message,
});

/** What GET /environments/{Name}/configuration shows: names in order, secrets masked. */
export function configurationView(version: string, options: Options) {
  const warnings = optionWarnings(version, options);
  const codes = new Map(warnings.map(({ option, code }) => [option, code]));
  const names = Object.keys(options).toSorted();
  return {
    AirflowVersion: version,
    Options: names.map((name) => ({
      Name: name,
      Value: shownValue(name, options[name]!),
      Sensitive: isSensitive(name, options[name]),
      Warning: codes.get(name) ?? null,
    })),
    Warnings: warnings.map(warningView),
  };
}

/** One option in words, whether it is set or not. */
export function explanationView(version: string, option: string, options: Options) {
  const value = Object.hasOwn(options, option) ? options[option]! : null;
  const warning = warningOf(version, option, { ...options, [option]: value ?? "" });
  return {
    Option: option,
    Variable: `AIRFLOW__${partsOf(option).join("__")}`.toUpperCase().replaceAll(".", "_"),
    Value: value === null ? null : shownValue(option, value),
    Sensitive: isSensitive(option, value ?? ""),
    Code: warning?.code ?? "KNOWN",
    Message:
      warning?.message ??
      `Airflow ${version} has this option${value === null ? "; the environment does not set it" : ""}.`,
    Versions: versionsWith(option),
  };
}

const mask = "***";
const shownValue = (option: string, value: string): string => (isSensitive(option, value) ? mask : value);

function warningOf(version: string, option: string, options: Options): OptionWarning | undefined {
  const renaming = isKnown(option, version) ? current(option, version) : renamingOf(option, version);
  const protection = protectionOf(option, version) ?? (renaming && protectionOf(renaming.to, version));
  const warn = (code: OptionWarning["code"], message: string) => ({ option, code, message });
  if (protection !== undefined)
    return warn(
      "OVERRIDDEN",
      `Hangar sets ${option} itself: ${protection}. The value given has no effect; leave it out.`,
    );
  const indifference = indifferenceOf(option);
  if (indifference !== undefined)
    return warn("IGNORED", `${option} has no effect here: ${indifference}. Leave it out.`);
  if (option === "smtp.smtp_host" && /^3\.[12]\./.test(version))
    return warn(
      "IGNORED",
      `Airflow ${version} sends failure mail through the connection smtp_default and does not read ${option} for it. Make that connection.`,
    );
  const misread = indifferenceToValue(option, options[option] ?? "");
  if (misread !== undefined) return warn("IGNORED", `${option} has no effect: ${misread}. Correct it.`);
  if (renaming) return warn("RENAMED", renamed(version, option, renaming, options));
  if (isKnown(option, version)) return undefined;
  const advice = removalOf(option, version);
  const had = versionsWith(option);
  if (advice !== undefined || had.some((other) => isOlder(other, version))) {
    const own = advice ? ` Airflow's own words: ${advice.replace(/\.$/, "")}.` : "";
    return warn("REMOVED", `Airflow ${version} has no ${option} any more: it has no effect.${own} Leave it out.`);
  }
  return warn("UNKNOWN", unknown(version, option, had));
}

/** A name that is still described, though Airflow reads another one for it. */
const current = (option: string, version: string) => {
  const renaming = renamingOf(option, version);
  return renaming?.since == null ? undefined : renaming;
};

function renamed(
  version: string,
  option: string,
  { to, since }: { readonly to: string; readonly since: string | null },
  options: Options,
): string {
  if (Object.hasOwn(options, to))
    return `${option} is called ${to} in Airflow ${version}, and both are given: ${to} counts. Leave ${option} out.`;
  return since === null
    ? `${option} is called ${to} in Airflow ${version}, which does not read the old name: it has no effect. Set ${to} instead.`
    : `${option} is called ${to} since Airflow ${since}. Airflow ${version} still takes the old name; set ${to} instead.`;
}

function unknown(version: string, option: string, had: readonly string[]): string {
  if (partsOf(option)[1] === "") return `${option} names no section: it is not passed on. Write it as section.option.`;
  if (had.length > 0)
    return `Airflow ${version} does not know ${option}, which Airflow ${had[0]} has. It is passed on and has no effect; leave it out.`;
  const near = nearestOptions(version, option);
  const meant = near.length > 0 ? ` Did you mean ${near.join(", ")}?` : " Check its name.";
  return isKnownSection(option, version)
    ? `Airflow ${version} has no option ${option}. It is passed on, and has an effect only if something of your own reads it.${meant}`
    : `Airflow ${version} and the providers of its image have no section ${partsOf(option)[0]}. ${option} is passed on, for a provider or plugin of your own to read.${meant}`;
}

/** Values the data plane cannot work with, said without naming them. */
function indifferenceToValue(option: string, value: string): string | undefined {
  if (option === "celery.extra_celery_config" && value !== "" && !isJsonObject(value))
    return "its value is not a JSON object";
  if (option === "mwaa.triggerer_enabled" && value !== "" && !/^\s*(true|t|1|false|f|0)\s*$/i.test(value))
    return "its value is neither True nor False, and the triggerer runs";
  return undefined;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value);
  } catch {
    return false;
  }
}

function isOlder(one: string, other: string): boolean {
  const [a, b] = [one, other].map((version) => version.split(".").map(Number)) as [number[], number[]];
  const at = a.findIndex((part, index) => part !== b[index]);
  return at >= 0 && a[at]! < b[at]!;
}
