// Which Airflow versions an environment may be created with here: those of the catalogue whose image has been pushed.
import { readFileSync } from "node:fs";
import path from "node:path";
import { repository } from "./compute.ts";
import { airflowVersions } from "./settings.ts";

type Image = { readonly image: $util.Output<string> } | { readonly reason: string };

interface Catalogue {
  readonly versions: Readonly<Record<string, { readonly creatable: boolean; readonly reason?: string }>>;
}

/** Read as data: stacks import no code of the data plane. */
const catalogueFile = "dataplane/images/catalogue.json";

/** Version → the image to run, or why there is none, in words for the person who asked. */
export const images: Readonly<Record<string, Image>> = catalogued();

function catalogued(): Record<string, Image> {
  const { versions } = JSON.parse(readFileSync(path.join($cli.paths.root, catalogueFile), "utf8")) as Catalogue;
  const unknown = [...airflowVersions.keys()].find((version) => !versions[version]);
  if (unknown) throw new Error(`HANGAR_AIRFLOW_VERSIONS names ${unknown}, which ${catalogueFile} does not have.`);
  return Object.fromEntries(
    Object.entries(versions).map(([version, { creatable, reason }]) => {
      if (!creatable) return [version, { reason: reason ?? "it can no longer be created" }];
      const tag = airflowVersions.get(version);
      if (!tag) return [version, { reason: "its image has not been pushed to this deployment" }];
      return [version, { image: $interpolate`${repository.repositoryUrl}:${tag}` }];
    }),
  );
}
