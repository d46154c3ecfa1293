import { SFNClient } from "@aws-sdk/client-sfn";
import { afterAll, describe } from "vitest";
import { createStepFunctionsEngine } from "../../../local/stepfunctions/engine.ts";
import { behindFrontDoor } from "../behind-front-door.ts";
import { engineFolder } from "../serve.ts";
import { type FunctionUnderTest, stepFunctionsContract } from "./suite.ts";

const cleanUps: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

describe("the region's Step Functions", () => {
  stepFunctionsContract(async () => {
    const { context, remove } = await engineFolder();
    cleanUps.push(remove);
    const functions = new Map<string, FunctionUnderTest>();
    const engine = createStepFunctionsEngine({
      ...context,
      async invoke(name, payload) {
        try {
          return { payload: await functions.get(name)?.(payload as never) };
        } catch (error) {
          const { name: errorType, message: errorMessage } = error as Error;
          return { errorType, errorMessage, trace: [] };
        }
      },
    });
    const door = await behindFrontDoor(engine);
    const client = new SFNClient({ ...door.client, maxAttempts: 1 });
    cleanUps.push(
      () => engine.close(),
      door.close,
      () => client.destroy(),
    );
    return { client, functions, register: engine.register };
  });
});
