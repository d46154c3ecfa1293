// The whole MWAA API on real components: into Airflow by every way, two versions side by side, updates on good days and bad
// ones. The suites share one region and its first environment, and run in this order.
import { afterAll, beforeAll, describe } from "vitest";
import { freshPlace, type Place } from "./support/place.ts";
import { airflowTwo } from "./airflow-two.suite.ts";
import { update } from "./update.suite.ts";
import { wayIn } from "./way-in.suite.ts";

let shared: Place;
const place = () => shared;

beforeAll(async () => {
  shared = freshPlace();
  await shared.home.ok("up");
  await shared.home.ok("env", "create", "first");
});
afterAll(() => shared.discard());

describe("into Airflow", () => wayIn(place));
describe("Airflow 2.11.2", () => airflowTwo(place));
describe("an update", () => update(place));
