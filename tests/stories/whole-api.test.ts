// The whole MWAA API on real components: configuration options, into Airflow by every way, two versions side by side, updates
// on good days and bad ones. The suites share one region and its first environment, and run in this order.
import { afterAll, beforeAll, describe } from "vitest";
import { type MailServer, startMailServer } from "./support/mail-server.ts";
import { freshPlace, type Place } from "./support/place.ts";
import { airflowTwo } from "./airflow-two.suite.ts";
import { configuration, firstOptions } from "./configuration.suite.ts";
import { update } from "./update.suite.ts";
import { wayIn } from "./way-in.suite.ts";

let shared: Place;
let server: MailServer;
const place = () => shared;
const mail = () => server;

beforeAll(async () => {
  shared = freshPlace();
  server = await startMailServer();
  await shared.home.ok("up");
  const options = JSON.stringify(firstOptions(server));
  await shared.home.ok("env", "create", "first", "--airflow-configuration-options", options);
});
afterAll(async () => {
  await shared.discard();
  server.close();
});

describe("configuration options", () => configuration(place, mail));
describe("into Airflow", () => wayIn(place));
describe("Airflow 2.11.2", () => airflowTwo(place, mail));
describe("an update", () => update(place));
