// A mail server on loopback that takes every mail and keeps it: aiosmtpd, which nobody here wrote.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { tools } from "./hangar.ts";

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** The readable part. */
  readonly text: string;
}

export interface MailServer {
  readonly port: number;
  /** In the order of arrival. */
  readonly mails: readonly Mail[];
  close(): void;
}

/** Starts it on a free port. It ends with `close`, or with this process. */
export async function startMailServer(): Promise<MailServer> {
  const child = spawn(join(tools, "python"), ["-c", program], { stdio: ["pipe", "pipe", "inherit"] });
  const mails: Mail[] = [];
  const lines = createInterface(child.stdout);
  const [first] = (await once(lines, "line")) as [string];
  lines.on("line", (line) => mails.push(JSON.parse(line) as Mail));
  return { port: Number(first), mails, close: () => void child.kill() };
}

/** Prints its port, then each mail as JSON; ends when its stdin does. */
const program = `
import asyncio, email, email.policy, json, sys
from aiosmtpd.smtp import SMTP

class Keeper:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text = mail.get_body(("html", "plain")).get_content()
        said = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "subject": mail["Subject"], "text": text}
        print(json.dumps(said), flush=True)
        return "250 kept"

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Keeper(), loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)

asyncio.run(main())
`;
