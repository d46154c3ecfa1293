// The folders of one region under $HANGAR_HOME: private, except that a server under another user passes through.
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";

export interface Layout {
  readonly home: string;
  readonly credentialsFile: string;
  readonly settingsFile: string;
  /** Sockets and process records; safe to delete while nothing runs. */
  readonly run: string;
  readonly regionFile: string;
  readonly logs: string;
  readonly images: string;
  readonly postgres: string;
  readonly loadBalancer: string;
  /** Task logs of all environments, one folder each. */
  readonly taskLogs: string;
  /** Unpacked layers, shared by the tasks of all environments. */
  readonly layers: string;
  /** The private folder of one engine. */
  engine(name: string): string;
}

/** Makes the folders. As root the home is passable (0711), because PostgreSQL runs as another user. */
export function prepareLayout(home: string): Layout {
  const asRoot = process.getuid?.() === 0;
  mkdirSync(home, { recursive: true, mode: asRoot ? 0o711 : 0o700 });
  if (asRoot) chmodSync(home, 0o711);
  const folder = (name: string) => {
    const path = join(home, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  };
  const run = folder("run");
  return {
    home,
    credentialsFile: join(home, "credentials.json"),
    settingsFile: join(home, "settings.json"),
    run,
    regionFile: join(run, "region.json"),
    logs: folder("logs"),
    images: folder("images"),
    postgres: join(home, "postgres"),
    loadBalancer: folder("loadbalancer"),
    taskLogs: folder("task-logs"),
    layers: folder("layers"),
    engine: (name) => folder(join("engines", name)),
  };
}
