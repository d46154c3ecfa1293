// Images on one machine: a virtual environment per Airflow version, built by uv in seconds, shared by all environments.
import { existsSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { type CatalogueEntry, readCatalogue } from "./catalogue.ts";
import { madeRoot, makeOnce, type Recipe, removeHalfMade } from "./make-once.ts";
import { type KnownPythons, knownPythons } from "./known-pythons.ts";
import { minorOf, type Python } from "./pythons.ts";
import { agentRecipe, airflowName, airflowRecipe } from "./recipes.ts";
import { buildEnvironment } from "./run-command.ts";
import { prepareUv, type Uv } from "./uv.ts";

/** An image ready to run; fits the ECS engine's TaskImage. */
export interface ResolvedImage {
  /** In front of PATH: the folder with the `hangar-agent` command, then Airflow's own `bin`. */
  readonly pathEntries: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Python with Airflow; absent in `hangar/agent`. */
  readonly python?: string;
  readonly agentPython: string;
  /** The virtual environment: Airflow's, or the agent's in `hangar/agent`. */
  readonly root: string;
}

export type Progress = (line: string) => void;

export interface Images {
  /**
   * Every version of the catalogue, the image it is to run, and whether that is there. An image is called after what it is
   * made from, so that another build of a version has another name: a patch, which environments get in their windows.
   */
  list(): Promise<readonly { version: string; image: string; creatable: boolean; built: boolean; reason?: string }[]>;
  /** The Pythons of this machine, found by running them. */
  pythons(): Promise<readonly Python[]>;
  /** Whether this machine can run an Airflow version; if not, a sentence for the person who asked for it. */
  canRun(airflowVersion: string): Promise<{ readonly python: Python } | { readonly reason: string }>;
  /**
   * `hangar/airflow:<version>`, `hangar/airflow:<version>-<build>` or `hangar/agent`, building what is missing. A build that is
   * not there any more cannot be made again: the one of now takes its place. Rejects with what, why and what to do.
   */
  resolve(image: string, onProgress?: Progress): Promise<ResolvedImage>;
  /** The environment packages are installed in here: index, certificates, proxies as this machine's pip has them. */
  installer(): Promise<Readonly<Record<string, string>>>;
  /** Builds a version's image unless it is there. @returns its virtual environment */
  build(version: string, onProgress?: Progress): Promise<string>;
}

export interface ImagesOptions {
  /**
   * Where images are kept, e.g. `$HANGAR_HOME/images`, or a link to a folder on a larger disk or of several homes. That
   * folder must not move: virtual environments hold their own path.
   */
  readonly folder: string;
  readonly repoRoot: string;
  readonly log?: Progress;
  /** How to find this machine's Pythons, when not by running what is on PATH. */
  readonly findPythons?: () => Promise<Python[]>;
  /** A uv program to use instead of the pinned one from PyPI. */
  readonly uv?: string;
}

/** Opens the images of this machine and removes what killed builds left. Nothing is built before it is asked for. */
export function createImages(options: ImagesOptions): Images {
  const { repoRoot, log = () => undefined, uv: givenUv } = options;
  mkdirSync(options.folder, { recursive: true, mode: 0o755 });
  const folder = realpathSync(options.folder);
  const catalogue = readCatalogue(repoRoot);
  const dataplane = join(repoRoot, "dataplane");
  const cleaned = removeHalfMade(folder).catch((error: unknown) => log(`images: ${String(error)}`));
  const underWay = new Map<string, Promise<string>>();
  let found: Promise<KnownPythons> | undefined;
  let prepared: Promise<Uv> | undefined;

  async function look(anew: boolean): Promise<KnownPythons> {
    const given = options.findPythons;
    if (given) return { pythons: await given(), remembered: false };
    return knownPythons(join(folder, "pythons.json"), { anew });
  }

  function keep(looking: Promise<KnownPythons>): Promise<KnownPythons> {
    found = looking.catch((error: unknown) => {
      found = undefined; // the next try looks again
      throw error;
    });
    return found;
  }

  const present = () => found ?? keep(look(false));
  const pythons = async () => (await present()).pythons;

  /** @param fits asked of the Pythons known, and before the answer is no, once of those there are now */
  async function pythonThat(fits: (some: readonly Python[]) => Python | undefined): Promise<Python | undefined> {
    const asked = present();
    const known = await asked;
    const fit = fits(known.pythons);
    if (fit || !known.remembered) return fit;
    if (found === asked) keep(look(true)); // else another has begun to, meanwhile
    return fits(await pythons());
  }

  function theUv(onProgress: Progress): Promise<Uv> {
    if (givenUv) return Promise.resolve({ program: givenUv, environment: buildEnvironment() });
    prepared ??= pythonThat((some) => some.find((one) => one.hasPip || one.hasVenv))
      .then(pythons)
      .then((some) => prepareUv(folder, catalogue.uv, some, onProgress))
      .catch((error: unknown) => {
        prepared = undefined;
        throw error;
      });
    return prepared;
  }

  async function canRun(version: string): Promise<{ python: Python } | { reason: string }> {
    const entry = catalogue.versions.get(version);
    if (!entry) {
      const known = [...catalogue.versions.values()].filter((one) => one.creatable).map((one) => one.version);
      return { reason: `Airflow ${version} is not in the image catalogue. Versions there are: ${known.join(", ")}.` };
    }
    if (!entry.creatable) return { reason: `Airflow ${version} cannot be created: ${entry.reason}.` };
    const runs = (minor: string) => (one: Python) => minorOf(one.version) === minor;
    const python = await pythonThat((some) => entry.pythons.flatMap((minor) => some.find(runs(minor)) ?? [])[0]);
    if (python) return { python };
    const wanted = entry.pythons.join(" or ");
    const there = await pythons();
    const seen = there.map((python) => `${python.version} (${python.path})`).join(", ") || "no Python 3.11 or newer";
    return {
      reason: `Airflow ${version} runs on Python ${wanted}; this machine has ${seen}. Install one of them, or set HANGAR_PYTHON to its path.`,
    };
  }

  /** One build of a name at a time in this process; other processes are kept out by the lock. */
  function make(recipe: Recipe, onProgress: Progress): Promise<string> {
    const running = underWay.get(recipe.name);
    if (running) return running;
    const started = cleaned
      .then(() => makeOnce(folder, recipe, onProgress))
      .finally(() => underWay.delete(recipe.name));
    underWay.set(recipe.name, started);
    return started;
  }

  async function runnable(version: string): Promise<{ entry: CatalogueEntry; python: Python }> {
    const answer = await canRun(version);
    if ("reason" in answer) throw new Error(answer.reason);
    return { entry: catalogue.versions.get(version) as CatalogueEntry, python: answer.python };
  }

  async function build(version: string, onProgress: Progress = log): Promise<string> {
    const { entry, python } = await runnable(version);
    return make(
      airflowRecipe(entry, python, dataplane, () => theUv(onProgress), onProgress),
      onProgress,
    );
  }

  /** The build of a name, as long as the Python it was made on is there. */
  function madeEarlier(version: string, key: string): string | undefined {
    const isIt = (name: string) => name.startsWith(`airflow-${version}-py`) && name.endsWith(`-${key}`);
    const name = readdirSync(folder).find(isIt);
    const root = name && madeRoot(folder, name);
    return root && existsSync(join(root, "bin", "python")) ? root : undefined;
  }

  async function resolveAgent(python: Python, onProgress: Progress): Promise<ResolvedImage> {
    const root = await make(
      agentRecipe(python, dataplane, () => theUv(onProgress), onProgress),
      onProgress,
    );
    const agentPython = join(root, "bin", "python");
    return {
      pathEntries: [join(dataplane, "images", "bin")],
      environment: { HANGAR_AGENT_PYTHON: agentPython, HANGAR_DATAPLANE: join(dataplane, "src") },
      agentPython,
      root,
    };
  }

  async function resolve(image: string, onProgress: Progress = log): Promise<ResolvedImage> {
    const [, name, version, key] = /^hangar\/(airflow|agent)(?::(.+?)(?:-([0-9a-f]{12}))?)?$/.exec(image) ?? [];
    if (name === "agent") {
      const [python] = await pythons();
      if (!python)
        throw new Error("The agent needs Python 3.11 or newer: install it, or set HANGAR_PYTHON to its path.");
      return resolveAgent(python, onProgress);
    }
    if (!name || !version) throw new Error(`There is no image ${image}: use hangar/airflow:<version> or hangar/agent.`);
    const { entry, python } = await runnable(version);
    const earlier = key && madeEarlier(version, key);
    const both = [earlier || build(version, onProgress), resolveAgent(python, onProgress)] as const;
    await Promise.allSettled(both); // nothing is under way any more when the first failure is told
    const [root, agent] = await Promise.all(both);
    const bin = join(root, "bin");
    return {
      pathEntries: [...agent.pathEntries, bin],
      environment: {
        ...agent.environment,
        HANGAR_IMAGE_PYTHON: join(bin, "python"),
        HANGAR_IMAGE_BIN: bin,
        HANGAR_IMAGE_CONSTRAINTS: entry.constraints,
      },
      python: join(bin, "python"),
      agentPython: agent.agentPython,
      root,
    };
  }

  return {
    list: async () => {
      const rows = [...catalogue.versions.values()].map(async (entry) => {
        const answer = await canRun(entry.version);
        const name = "python" in answer ? airflowName(entry, answer.python, dataplane) : undefined;
        return {
          version: entry.version,
          image: `hangar/airflow:${entry.version}${name ? `-${buildOf(name)}` : ""}`,
          creatable: name !== undefined,
          built: name !== undefined && madeRoot(folder, name) !== undefined,
          ...("reason" in answer ? { reason: answer.reason } : {}),
        };
      });
      return Promise.all(rows);
    },
    pythons,
    canRun,
    resolve,
    build,
    installer: async () => (await theUv(log)).environment,
  };
}

/** The last part of an image's name: what it is made from. */
const buildOf = (name: string): string => name.slice(name.lastIndexOf("-") + 1);
