// The one-off task that copies a database in use, as it is at one moment: what snapshots somebody asks for and rehearsals are
// made of. It takes nothing away from the environment; the copies of an upgrade are made of a sealed database (upgrade-tasks.ts).
import type { Pool } from "./pool.ts";
import { databaseServer } from "./service-specs.ts";
import { type CopyTask, oneOffSize } from "./upgrade-tasks.ts";

export interface OnlineCopy {
  readonly environmentId: string;
  /** Tells this copy from the environment's others, in the family of its task, e.g. `s7`. Never used twice. */
  readonly id: string;
  /** Any of Airflow's: the agent in it does the work, no Airflow is started. */
  readonly image: string;
  /** The database that is in use, and the empty one that is filled. */
  readonly source: string;
  readonly target: string;
  /** The login role made for this one copy (`DatabaseCopies.ensureReader`). */
  readonly role: string;
  /** Where its password lies, as `metadataPassword`. */
  readonly secretName: string;
}

/** Family of the task, and its start token. */
export const onlineFamily = (environmentId: string, id: string): string => `hangar-${environmentId}-online-${id}`;

/** `hangar-agent copy-online` (dataplane/README.md): all or nothing, so a target with `alembic_version` in it is whole. */
export const onlineCopyTask = (given: OnlineCopy, pool: Pool): CopyTask => ({
  role: given.role,
  secretName: given.secretName,
  task: {
    family: onlineFamily(given.environmentId, given.id),
    image: given.image,
    command: ["hangar-agent", "copy-online"],
    ...oneOffSize(pool),
    environment: {
      ...databaseServer(pool),
      HANGAR_COPY_SOURCE: given.source,
      HANGAR_COPY_TARGET: given.target,
      HANGAR_COPY_USER: given.role,
    },
    secretName: given.secretName,
    secrets: { HANGAR_COPY_PASSWORD: "metadataPassword" },
    stopTimeoutSeconds: 30,
  },
});
