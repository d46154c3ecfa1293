// Uploads as releases on real components: one region and one environment of the newest Airflow, which the suites share.
import { afterAll, beforeAll, describe } from "vitest";
import { executionRole } from "./execution-role.suite.ts";
import { layers } from "./layers.suite.ts";
import { releases } from "./releases.suite.ts";
import { freshPlace, type Place } from "./support/place.ts";

let shared: Place;
const place = () => shared;

beforeAll(async () => {
  shared = freshPlace();
  await shared.home.ok("up");
  await shared.home.ok("env", "create", "first");
});
afterAll(() => shared.discard());

describe("a bucket's DAG folder", () => releases(place));
describe("DAG code", () => executionRole(place));
describe("plugins, requirements and startup script", () => layers(place));
