// The small page of `hangar proxy`: takes the one-time token out of the address, says who acts, lists environments, and
// opens Airflow. Text of the service only ever becomes text, never markup.
"use strict";

const openable = ["AVAILABLE", "UPDATE_FAILED", "MAINTENANCE"];
const element = (id) => document.getElementById(id);

/** One call of the proxy. Throws an Error whose message can be shown. */
async function call(method, path, body) {
  const headers = { "X-Hangar-Console": "1", ...(body === undefined ? {} : { "Content-Type": "application/json" }) };
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Error("The proxy has ended (its terminal was closed, an hour idle, or its credentials expired). Start it again: npx hangar proxy");
  }
  if (response.status === 204) return undefined;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new Error(answer.message || answer.Message || `HTTP ${response.status}`);
}

async function start() {
  const token = location.hash.slice(1);
  if (token) {
    history.replaceState(null, "", "/");
    await call("POST", "/session", { token });
  }
  const about = await call("GET", "/session");
  element("about").textContent =
    `${about.arn || about.accessKeyId} at ${about.endpoint} (${about.region})${about.readOnly ? ", read only" : ""}`;
  const names = await environmentNames();
  const rows = await Promise.all(names.map((name) => row(name, about)));
  element("environments").tBodies[0].replaceChildren(...rows);
  element("environments").hidden = false;
  if (names.length === 0) element("note").textContent = "There are no environments. npx hangar env create first";
}

async function environmentNames() {
  const names = [];
  let query = "";
  for (let page = 0; page < 40; page++) {
    const { Environments, NextToken } = await call("GET", `/api/environments${query}`);
    names.push(...Environments);
    if (!NextToken) break;
    query = `?NextToken=${encodeURIComponent(NextToken)}`;
  }
  return names;
}

async function row(name, about) {
  const { Environment: environment } = await call("GET", `/api/environments/${encodeURIComponent(name)}`).catch(
    (error) => ({ Environment: { Name: name, Status: error.message } }),
  );
  const line = document.createElement("tr");
  for (const text of [environment.Name, environment.Status, environment.AirflowVersion || ""]) {
    line.insertCell().textContent = text;
  }
  const button = document.createElement("button");
  button.textContent = "Open Airflow";
  button.setAttribute("aria-label", `Open Airflow of ${name}`);
  button.disabled = about.readOnly || !openable.includes(environment.Status);
  if (button.disabled) button.title = about.readOnly ? "the proxy is read only" : `not while ${environment.Status}`;
  button.addEventListener("click", () => openAirflow(name, about.webScheme));
  line.insertCell().append(button);
  return line;
}

/** The tab is opened in the click itself, or the browser would block it; the token lives 60 s and is used at once. */
async function openAirflow(name, scheme) {
  const tab = window.open("about:blank");
  try {
    const { WebToken, WebServerHostname } = await call("POST", `/api/webtoken/${encodeURIComponent(name)}`);
    const address = `${scheme}://${WebServerHostname}/aws_mwaa/aws-console-sso?login=true#${WebToken}`;
    if (tab) tab.location.replace(address);
    else location.assign(address);
  } catch (error) {
    tab?.close();
    element("note").textContent = error.message;
  }
}

start().catch((error) => {
  element("about").textContent = "";
  element("note").textContent = error.message;
});
