// The STS engine keeps the STS contract.
import { STSClient } from "@aws-sdk/client-sts";
import { createStsEngine } from "../../../local/sts/engine.ts";
import { serveWithClient } from "../serve.ts";
import { stsContract } from "./suite.ts";

stsContract("STS engine", () => serveWithClient(createStsEngine, STSClient));
