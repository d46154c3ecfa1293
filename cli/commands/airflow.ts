// hangar airflow: one command of Airflow's own command line, run in the environment through MWAA's CLI bridge.
import { reach } from "../airflow-client.ts";
import { callApi } from "../api-client.ts";
import { exitCodes, Failure } from "../failure.ts";
import { targetOf } from "../region-process.ts";

/** The bridge lets a command wait for its turn, then gives it a minute. */
const timeoutMilliseconds = 120_000;

/** Prints what the command printed, on the same streams, and ends with its exit code. */
export async function airflow(home: string, name: string, words: readonly string[]): Promise<void> {
  const path = `/clitoken/${encodeURIComponent(name)}`;
  const token = await callApi<{ CliToken: string; WebServerHostname: string }>(targetOf(home), "POST", path);
  const request = {
    method: "POST",
    headers: { authorization: `Bearer ${token.CliToken}`, "content-type": "text/plain" },
    body: commandLine(words),
  };
  const url = `http://${token.WebServerHostname}`;
  const response = await reach(url, "/aws_mwaa/cli", request, timeoutMilliseconds);
  const answer = readAnswer(await response.text());
  if (answer.stdout === undefined) throw refusal(response.status, answer.detail);
  process.stdout.write(Buffer.from(answer.stdout, "base64"));
  process.stderr.write(Buffer.from(answer.stderr ?? "", "base64"));
  // Amazon's bridge does not tell the exit code; Hangar's does.
  const code = Number(response.headers.get("x-hangar-exit-code") ?? (response.ok ? 0 : 1));
  process.exitCode = response.status === 504 ? exitCodes.timedOut : code;
}

/** The words as one line that splits into the same words again (POSIX quoting, which the bridge reads). */
export const commandLine = (words: readonly string[]): string =>
  words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`)).join(" ");

interface BridgeAnswer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly detail?: string;
}

function readAnswer(text: string): BridgeAnswer {
  try {
    return JSON.parse(text) as BridgeAnswer;
  } catch {
    return { detail: text.slice(0, 400) };
  }
}

function refusal(status: number, detail = "it gave no reason"): Failure {
  const codes: Readonly<Record<number, number>> = { 400: exitCodes.usage, 403: exitCodes.denied, 429: exitCodes.busy };
  return new Failure("the environment did not run the command", {
    why: detail,
    exitCode: codes[status] ?? exitCodes.failed,
    code: `HTTP ${status}`,
  });
}
