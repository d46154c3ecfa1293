// Who the PostgreSQL server runs as. PostgreSQL refuses to run as root, so root hands it to `nobody`; anyone else runs it
// as themselves.
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Owner of the server's process and of its data folder. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** The user to drop to, or undefined when the server simply runs as the caller. */
export function serverUser(passwd = "/etc/passwd"): ServerUser | undefined {
  return process.getuid?.() === 0 ? nobody(passwd) : undefined;
}

/**
 * Refuses a folder the server's user could not enter: PostgreSQL itself would only say `Permission denied`.
 * @throws FolderNotTraversable naming the first parent folder in the way and what to do
 */
export function requireTraversable(folder: string, user: ServerUser): void {
  const path = resolve(folder);
  for (let parent = path; ; parent = dirname(parent)) {
    const stat = statSync(parent);
    const bit = stat.uid === user.uid ? 0o100 : stat.gid === user.gid ? 0o010 : 0o001;
    if ((stat.mode & bit) === 0) throw new FolderNotTraversable(path, parent, user);
    if (parent === dirname(parent)) return;
  }
}

export class FolderNotTraversable extends Error {
  constructor(folder: string, parent: string, user: ServerUser) {
    super(
      `PostgreSQL cannot keep its data in ${folder}: started by root it runs as uid ${user.uid}, and ${parent} does not ` +
        `let that user through. Run "chmod o+x ${parent}", or set HANGAR_HOME to a folder that others may enter ` +
        `(/var/lib/hangar, say), or start as an ordinary user.`,
    );
    this.name = "FolderNotTraversable";
  }
}

function nobody(passwd: string): ServerUser {
  try {
    for (const line of readFileSync(passwd, "utf8").split("\n")) {
      const [name, , uid, gid] = line.split(":");
      if (name === "nobody" && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
    }
  } catch {
    // No readable user list (a bare container): the number the kernel itself uses for nobody.
  }
  return { uid: 65534, gid: 65534 };
}
