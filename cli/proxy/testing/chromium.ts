// For tests: a headless Chromium, where there is one, driven by its own protocol over one WebSocket.
import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** `$HANGAR_CHROMIUM`, or the first of the usual names on PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [process.env["HANGAR_CHROMIUM"], ...candidates].find((path) => path !== undefined && isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Tab {
  /** Evaluates an expression, awaits it, and returns its value. @throws Error when the page throws */
  evaluate<Value>(expression: string): Promise<Value>;
  /** As a click of the user, so that the page may open tabs. */
  click(selector: string): Promise<void>;
  /** Every address it can go back or forward to, and the one it shows. */
  history(): Promise<readonly string[]>;
}

export interface Browser {
  open(url: string): Promise<Tab>;
  /** In a window that shares no cookie with any other. */
  openApart(url: string): Promise<Tab>;
  /** Addresses of all tabs. */
  addresses(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Starts a browser with a profile of its own. @throws Error when it does not come up */
export async function startChromium(executable: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "hangar-chromium-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--no-proxy-server"];
  const child = spawn(executable, [...flags, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stderr.on("data", (chunk) => {
      text += chunk;
      const found = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("error", reject).once("close", () => reject(new Error(`Chromium did not start: ${text}`)));
  });
  const { ask, socket } = await connectTo(address);
  const targets = async () => {
    const { targetInfos } = await ask<{ targetInfos: { type: string; url: string }[] }>("Target.getTargets", {});
    return targetInfos.filter(({ type }) => type === "page").map(({ url }) => url);
  };
  const open = async (target: { readonly url: string; readonly browserContextId?: string }) => {
    const { targetId } = await ask<{ targetId: string }>("Target.createTarget", target);
    const { sessionId } = await ask<{ sessionId: string }>("Target.attachToTarget", { targetId, flatten: true });
    return tab(ask, sessionId);
  };
  return {
    open: (url) => open({ url }),
    async openApart(url) {
      const { browserContextId } = await ask<{ browserContextId: string }>("Target.createBrowserContext", {});
      return open({ url, browserContextId });
    },
    addresses: targets,
    async close() {
      socket.close();
      child.kill();
      await exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

type Ask = <Result>(method: string, params: object, sessionId?: string) => Promise<Result>;

function tab(ask: Ask, sessionId: string): Tab {
  const evaluate = async <Value>(expression: string, userGesture = false): Promise<Value> => {
    const params = { expression, awaitPromise: true, returnByValue: true, userGesture };
    const { result, exceptionDetails } = await ask<{ result: { value: Value }; exceptionDetails?: unknown }>(
      "Runtime.evaluate",
      params,
      sessionId,
    );
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  };
  return {
    evaluate: (expression) => evaluate(expression),
    click: (selector) => evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`, true),
    async history() {
      type Entries = { entries: { url: string }[] };
      return (await ask<Entries>("Page.getNavigationHistory", {}, sessionId)).entries.map(({ url }) => url);
    },
  };
}

async function connectTo(address: string): Promise<{ ask: Ask; socket: WebSocket }> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const waiting = new Map<number, (answer: { result?: unknown; error?: unknown }) => void>();
  socket.onmessage = ({ data }) => {
    const answer = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: unknown };
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  };
  let last = 0;
  const ask: Ask = (method, params, sessionId) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id);
        if (error === undefined) resolve(result as never);
        else reject(new Error(`${method}: ${JSON.stringify(error)}`));
      });
      socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
    });
  return { ask, socket };
}
