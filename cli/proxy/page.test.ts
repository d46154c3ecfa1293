import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type RunningProxy, startProxy } from "./proxy.ts";
import { type Browser, findChromium, startChromium } from "./testing/chromium.ts";
import { type StubUpstream, startStubUpstream } from "./testing/stub-upstream.ts";

const chromium = findChromium();
const json = { "content-type": "application/json" };

describe.skipIf(chromium === undefined)("in a real browser (skipped where there is no Chromium)", () => {
  let upstream: StubUpstream;
  let proxy: RunningProxy;
  let other: Server;
  let otherHost: string;
  let browser: Browser;
  beforeEach(async () => {
    upstream = await startStubUpstream();
    proxy = await startProxy({ target: upstream.target, port: 0, browserPort: 0 });
    // Stands for Airflow's web server in one test, for a hostile page in the other.
    other = createServer(
      (_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<p>other"),
    );
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    otherHost = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    browser = await startChromium(chromium ?? "");
  });
  afterEach(async () => {
    await browser.close();
    await proxy.stop();
    await upstream.close();
    other.closeAllConnections();
    other.close();
  });

  it("the page lets its user in, shows names as text, and opens Airflow with the token in the fragment", async () => {
    const name = "<img src=x onerror=document.title='run'>";
    upstream.answer = ({ url = "" }, response) => {
      const answers: Record<string, object> = {
        "/environments": { Environments: [name] },
        [`/environments/${encodeURIComponent(name)}`]: { Environment: { Name: name, Status: "AVAILABLE" } },
        [`/webtoken/${encodeURIComponent(name)}`]: { WebToken: "web-token", WebServerHostname: otherHost },
      };
      response.writeHead(200, json).end(JSON.stringify(answers[url]));
    };
    const tab = await browser.open(proxy.newEntryUrl());
    await vi.waitFor(async () => expect(await tab.evaluate("document.querySelectorAll('td').length")).toBe(4), 10_000);
    expect(await tab.evaluate("document.querySelector('td').textContent")).toBe(name);
    expect(await tab.evaluate("[location.href, document.title]")).toEqual([`${proxy.browserUrl}/`, "Hangar"]);
    expect(await tab.evaluate("document.cookie")).toBe("");
    await tab.click("td button");
    const address = `http://${otherHost}/aws_mwaa/aws-console-sso?login=true#web-token`;
    await vi.waitFor(async () => expect(await browser.addresses()).toContain(address), 10_000);
    await tab.evaluate("location.reload()");
    await vi.waitFor(async () => expect(await tab.evaluate("document.querySelectorAll('td').length")).toBe(4), 10_000);
  }, 60_000);

  it("a page of another port, which the browser sends the cookie for, can neither ask nor change anything", async () => {
    upstream.answer = (_request, response) => void response.writeHead(200, json).end('{"Environments":[]}');
    const tab = await browser.open(proxy.newEntryUrl());
    await vi.waitFor(() => expect(upstream.received.length).toBeGreaterThan(0), 10_000);
    await vi.waitFor(
      async () => expect(await tab.evaluate("document.querySelector('table').hidden")).toBe(false),
      10_000,
    );
    upstream.received.length = 0;
    const hostile = await browser.open(`http://${otherHost}/`);
    const api = `${proxy.browserUrl}/api/environments/first`;
    const outcomes = await hostile.evaluate(`(async () => {
      const ask = (options) => fetch("${api}", { credentials: "include", ...options }).then((a) => a.status + a.type, () => "failed");
      return [
        await ask({}),
        await ask({ mode: "no-cors" }),
        await ask({ mode: "no-cors", method: "POST", body: "a=b" }),
        await ask({ headers: { "X-Hangar-Console": "1" } }),
        await ask({ method: "DELETE" }),
        await new Promise((resolve) => {
          const socket = new WebSocket("${api.replace("http", "ws")}");
          socket.onopen = () => resolve("open");
          socket.onerror = () => resolve("failed");
        }),
      ];
    })()`);
    expect(outcomes).toEqual(["failed", "failed", "failed", "failed", "failed", "failed"]);
    expect(upstream.received).toEqual([]);
  }, 60_000);
});
