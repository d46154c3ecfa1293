// hangar open: a link that signs a browser in to an environment's Airflow, opened where there is a browser.
import { spawn } from "node:child_process";
import { signInPage, webLogin } from "../environments.ts";
import { note, result } from "../print.ts";
import { targetOf } from "../region-process.ts";

/** Prints the link and, on a terminal with a desktop, opens it. It works once, within a minute. */
export async function open(home: string, name: string, options: { print?: boolean }): Promise<void> {
  const link = signInPage(await webLogin(targetOf(home), name));
  result(link);
  note("This link signs in once, within a minute. Ask again for another.");
  const desktop = process.env["DISPLAY"] || process.env["WAYLAND_DISPLAY"];
  if (options.print || !process.stdout.isTTY || !desktop) return;
  const browser = spawn("xdg-open", [link], { stdio: "ignore", detached: true });
  browser.on("error", () => undefined); // the link is printed: that is enough
  browser.unref();
}
