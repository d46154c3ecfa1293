// Into Airflow by every way MWAA's clients know: browser, web login token, CLI token, InvokeRestApi. And who stays outside.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, findChromium, startChromium, type Tab } from "../../cli/proxy/testing/chromium.ts";
import { dagVisible, signIn, sleeperDag } from "./support/airflow.ts";
import { until } from "./support/hangar.ts";
import type { Place } from "./support/place.ts";

const chromium = findChromium();

export function wayIn(place: () => Place): void {
  beforeAll(async () => {
    await place().upload("first", "way_in.py", sleeperDag("way_in", 0));
    await dagVisible(await signIn(place().home, "first"), "way_in");
  });

  describe.skipIf(chromium === undefined)(
    "a browser (skipped where there is no Chromium: install one, or name it in HANGAR_CHROMIUM)",
    () => inBrowser(place),
  );
  describe("a web login token", () => byWebToken(place));
  describe("a CLI token", () => byCliToken(place));
  describe("InvokeRestApi", () => byRestApi(place));
}

function inBrowser(place: () => Place): void {
  let browser: Browser;
  let link: string;
  beforeAll(async () => {
    browser = await startChromium(chromium!);
    link = (await place().home.ok("open", "--print", "first")).trim().split("\n")[0]!;
  });
  afterAll(() => browser?.close());

  it("is signed in by the link of hangar open: it shows Airflow as its owner, and no address keeps the token", async () => {
    const tab = await browser.open(link);
    await shows(tab, "Airflow's home page", 60, "Welcome");
    expect(await tab.evaluate("fetch('/ui/auth/me').then((answer) => answer.json())")).toEqual({
      id: "user/operator",
      username: "user/operator",
    });
    const token = new URL(link).hash.slice(1);
    expect(token.length).toBeGreaterThan(100);
    for (const address of [...(await tab.history()), ...(await browser.addresses())])
      expect(address).not.toContain(token);
    await tab.evaluate("void location.assign('/dags')");
    await shows(tab, "the page of DAGs", 60, "way_in");
  });

  it("is refused when it brings a link that was used: it is told so and gets no session", async () => {
    const tab = await browser.openApart(link);
    await shows(tab, "the page that says why", 20, "The token was used before");
    expect(await tab.evaluate("fetch('/api/v2/dags').then((answer) => answer.status)")).toBe(401);
    expect(await tab.evaluate("document.cookie")).toBe("");
  });
}

/** Waits until a person reads a text on the page; fails with what it said instead. */
const shows = (tab: Tab, what: string, seconds: number, text: string) =>
  until(what, seconds, async () => {
    const said = await tab.evaluate<string>("document.body.innerText");
    if (!said.includes(text)) throw new Error(`the page said: ${said.slice(0, 500)}`);
    return true;
  });

function byWebToken(place: () => Place): void {
  it("opens a session of Airflow's REST API, as MWAA's documentation does it, and does so once", async () => {
    const seen = await place().home.boto3<Record<string, unknown>>(`
import requests
given = boto3.client("mwaa").create_web_login_token(Name="first")
web, form = "http://" + given["WebServerHostname"], {"token": given["WebToken"]}
login = requests.post(web + "/pluginsv2/aws_mwaa/login", data=form, timeout=20)
session = login.cookies["_token"]
bearer = requests.get(web + "/api/v2/dags", headers={"Authorization": "Bearer " + session}, timeout=20)
cookie = requests.get(web + "/api/v2/dags", cookies={"_token": session}, timeout=20)
again = requests.post(web + "/pluginsv2/aws_mwaa/login", data=form, timeout=20)
command = requests.post(web + "/aws_mwaa/cli", headers={"Authorization": "Bearer " + boto3.client("mwaa").create_web_login_token(Name="first")["WebToken"]}, data="version", timeout=20)
print(json.dumps({
    "identity": [given["IamIdentity"], given["AirflowIdentity"]], "login": login.status_code,
    "bearer": [dag["dag_id"] for dag in bearer.json()["dags"]], "cookie": cookie.status_code,
    "nobody": requests.get(web + "/api/v2/dags", timeout=20).status_code,
    "again": [again.status_code, len(again.cookies)], "command": command.status_code,
}))`);
    expect(seen).toEqual({
      identity: ["user/operator", "user/operator"],
      login: 200,
      bearer: expect.arrayContaining(["way_in"]),
      cookie: 200,
      nobody: 401,
      again: [403, 0],
      command: 403, // a web token is no CLI token
    });
  });
}

function byCliToken(place: () => Place): void {
  it("runs one supported command, output in base64, and no other", async () => {
    const seen = await place().home.boto3<{ list: [number, string]; again: number; refused: [number, string] }>(`
import base64, requests
mwaa = boto3.client("mwaa")
def ask(command, given):
    headers = {"Authorization": "Bearer " + given["CliToken"], "Content-Type": "text/plain"}
    return requests.post("http://" + given["WebServerHostname"] + "/aws_mwaa/cli", headers=headers, data=command, timeout=90)
given = mwaa.create_cli_token(Name="first")
listed = ask("dags list --output json", given)
refused = ask("db reset --yes", mwaa.create_cli_token(Name="first"))
print(json.dumps({
    "list": [listed.status_code, base64.b64decode(listed.json()["stdout"]).decode()], "again": ask("version", given).status_code,
    "refused": [refused.status_code, refused.json()["detail"]],
}))`);
    expect(seen.list[0]).toBe(200);
    expect(JSON.parse(seen.list[1])).toContainEqual(expect.objectContaining({ dag_id: "way_in" }));
    expect(seen.again).toBe(403);
    expect(seen.refused).toEqual([400, expect.stringContaining("dags list")]);
  });
}

function byRestApi(place: () => Place): void {
  const access = (user: string, Role: string) => ({ Principal: `arn:aws:iam::000000000000:user/${user}`, Role });
  beforeAll(async () => {
    await place().key("looker", "read-only");
    await place().key("stranger", "operate");
    const Entries = [access("operator", "Admin"), access("looker", "Viewer")];
    await place().call("PUT", "/environments/first/access", { Entries });
  });

  const invoke = (key?: string) =>
    place().home.boto3<Readonly<Record<string, unknown>>>(
      `
from botocore.exceptions import ClientError
mwaa = boto3.client("mwaa")
def invoke(method, path, **more):
    try:
        answer = mwaa.invoke_rest_api(Name="first", Method=method, Path=path, **more)
        return [answer["RestApiStatusCode"], answer["RestApiResponse"].get("dag_id")]
    except ClientError as error:
        said = error.response
        return [said["ResponseMetadata"]["HTTPStatusCode"], said["Error"]["Code"], said["Error"]["Message"], said.get("RestApiStatusCode"), type(said.get("RestApiResponse")).__name__]
print(json.dumps({
    "read": invoke("GET", "/dags/way_in", Body={}, QueryParameters={}),
    "write": invoke("PATCH", "/dags/way_in", QueryParameters={"update_mask": ["is_paused"]}, Body={"is_paused": False}),
    "missing": invoke("GET", "/dags/nowhere"),
}))`,
      key,
    );

  it("answers Airflow's status and body, and of its 4xx makes the exception with both members", async () => {
    expect(await invoke()).toEqual({
      read: [200, "way_in"],
      write: [200, "way_in"],
      missing: [400, "RestApiClientException", expect.any(String), 404, "dict"],
    });
  });

  it("gives a caller the role of the environment's table: a Viewer reads, and Airflow itself refuses to write", async () => {
    expect(await invoke("looker")).toMatchObject({
      read: [200, "way_in"],
      write: [400, "RestApiClientException", expect.any(String), 403, "dict"],
    });
  });

  it("refuses who has no role, in the words by which Airflow's own MwaaHook knows it", async () => {
    const denied = [403, "AccessDeniedException", expect.stringContaining("Airflow role"), null, "NoneType"];
    expect(await invoke("stranger")).toEqual({ read: denied, write: denied, missing: denied });
  });
}
