// Writes docs/openapi.json, the API's machine-readable description, from the wiring, the service model and the schemas
// handlers check requests with. A test (tests/api-description.test.ts) fails when the file is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { openApiDocument } from "./openapi/document.ts";
import { printed } from "./openapi/printed.ts";

const model = new URL("../contracts/mwaa-2020-07-01.service-2.json", import.meta.url);
const target = new URL("./openapi.json", import.meta.url);

writeFileSync(target, printed(openApiDocument(JSON.parse(readFileSync(model, "utf8")))));
