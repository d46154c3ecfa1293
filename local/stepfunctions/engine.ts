// Step Functions on one machine: standard JSONPath machines whose Tasks are functions, over the library
// aws-local-stepfunctions, with a durable journal of executions. An execution does not survive the region: it is closed
// as ABORTED at the next start, and whoever started it starts it again under another name (design, section 5).
import { randomUUID } from "node:crypto";
import type { StateMachine } from "aws-local-stepfunctions";
import type { Engine, EngineContext } from "../engine.ts";
import { answerJson, type JsonInput, type JsonOperation, ServiceError } from "../json-protocol.ts";
import type { InvokeResult } from "../lambda/wiring.ts";
import { type PreparedDefinition, prepareDefinition } from "./definition.ts";
import { endDetails, type RunningExecution, runExecution } from "./execution.ts";
import { type ExecutionRow, type MachineRow, openJournal } from "./journal.ts";
import * as ask from "./request-members.ts";

export interface StepFunctionsOptions extends EngineContext {
  /** Calls a function, as Lambda would. A rejection counts as `Lambda.Unknown`. */
  readonly invoke: (functionName: string, payload: unknown) => Promise<InvokeResult>;
}

export interface StepFunctionsEngine extends Engine {
  /**
   * Creates or replaces a machine in process, as a deployment would. The library's schema check is left to the tests of
   * the file. Executions that run keep the definition they started with.
   * @returns its ARN @throws ServiceError InvalidDefinition, InvalidName
   */
  register(name: string, definition: string | object): string;
  /** Loads the library (some 0.4 s, 40 MB) before the first execution needs it. */
  warm(): Promise<void>;
}

const stoppedCause = "The region stopped while this execution ran";

export function createStepFunctionsEngine(options: StepFunctionsOptions): StepFunctionsEngine {
  const { region, accountId, now } = options;
  const journal = openJournal(options.folder, now);
  const running = new Map<string, RunningExecution>();
  const compiled = new Map<string, { machine: StateMachine; prepared: PreparedDefinition }>();
  const arnOf = (kind: string, name: string) => `arn:aws:states:${region}:${accountId}:${kind}:${name}`;
  const abort = (row: ExecutionRow) => {
    const outcome = { status: "ABORTED", error: undefined, cause: stoppedCause } as const;
    journal.end(row.arn, outcome, { type: "ExecutionAborted", timestamp: now(), details: endDetails(outcome) });
  };
  for (const row of journal.running()) abort(row);

  async function compile(row: MachineRow) {
    const key = `${row.arn} ${row.revision}`;
    const known = compiled.get(key);
    if (known) return known;
    const prepared = prepareDefinition(row.definition);
    const { StateMachine } = await import("aws-local-stepfunctions");
    const machine = new StateMachine(prepared.definition as never, { validationOptions: { noValidate: true } });
    const entry = { machine, prepared };
    compiled.set(key, entry);
    return entry;
  }

  function findMachine(arn: string): MachineRow {
    const row = journal.machine(arn);
    if (row) return row;
    throw new ServiceError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
  }

  function findExecution(input: JsonInput): ExecutionRow {
    const arn = ask.arn(input, "executionArn", "execution");
    const row = journal.execution(arn);
    if (row?.status === "RUNNING" && !running.has(arn)) {
      abort(row); // its runner failed, say because the disk was full when it wrote
      return journal.execution(arn) ?? row;
    }
    if (row) return row;
    throw new ServiceError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
  }

  function newMachine(name: string, definition: string, role: string): MachineRow {
    const at = now();
    return {
      arn: arnOf("stateMachine", name),
      name,
      definition,
      roleArn: role,
      createdAt: at,
      updatedAt: at,
      revision: randomUUID(),
    };
  }

  const operations: Record<string, JsonOperation> = {
    async CreateStateMachine(input) {
      const name = ask.name(input, "name") ?? ask.missing("name");
      if ((input["type"] ?? "STANDARD") !== "STANDARD") {
        throw new ServiceError(
          "StateMachineTypeNotSupported",
          "Only STANDARD state machines are supported by this one-machine region.",
        );
      }
      const row = newMachine(name, ask.text(input, "definition"), ask.text(input, "roleArn"));
      await validate(row.definition);
      const known = journal.machine(row.arn);
      if (known && (known.definition !== row.definition || known.roleArn !== row.roleArn)) {
        throw new ServiceError("StateMachineAlreadyExists", `State Machine Already Exists: '${row.arn}'`);
      }
      if (!known) journal.putMachine(row);
      return { stateMachineArn: row.arn, creationDate: (known ?? row).createdAt / 1000 };
    },

    async UpdateStateMachine(input) {
      const row = findMachine(ask.arn(input, "stateMachineArn", "stateMachine"));
      const changed = {
        ...row,
        definition: input["definition"] === undefined ? row.definition : ask.text(input, "definition"),
        roleArn: input["roleArn"] === undefined ? row.roleArn : ask.text(input, "roleArn"),
        updatedAt: now(),
        revision: randomUUID(),
      };
      await validate(changed.definition);
      journal.putMachine(changed);
      return { updateDate: changed.updatedAt / 1000, revisionId: changed.revision };
    },

    DescribeStateMachine(input) {
      const row = findMachine(ask.arn(input, "stateMachineArn", "stateMachine"));
      return {
        stateMachineArn: row.arn,
        name: row.name,
        status: "ACTIVE",
        definition: row.definition,
        roleArn: row.roleArn,
        type: "STANDARD",
        creationDate: row.createdAt / 1000,
        revisionId: row.revision,
        loggingConfiguration: { level: "OFF", includeExecutionData: false },
        tracingConfiguration: { enabled: false },
      };
    },

    DeleteStateMachine(input) {
      journal.deleteMachine(ask.arn(input, "stateMachineArn", "stateMachine"));
      return {};
    },

    ListStateMachines(input) {
      const page = ask.page(input);
      const { items, nextToken } = ask.paged(journal.machines({ ...page, limit: page.limit + 1 }), page);
      const stateMachines = items.map(({ arn, name, createdAt }) => ({
        stateMachineArn: arn,
        name,
        type: "STANDARD",
        creationDate: createdAt / 1000,
      }));
      return { stateMachines, nextToken };
    },

    async StartExecution(input) {
      const machineRow = findMachine(ask.arn(input, "stateMachineArn", "stateMachine"));
      const name = ask.name(input, "name") ?? randomUUID();
      const text = ask.executionInput(input);
      const { machine, prepared } = await compile(machineRow);
      const arn = arnOf("execution", `${machineRow.name}:${name}`);
      const known = journal.execution(arn);
      if (known) {
        if (known.status === "RUNNING" && known.input === text) {
          return { executionArn: arn, startDate: known.startedAt / 1000 };
        }
        throw new ServiceError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
      }
      const startedAt = now();
      const first = { executionStartedEventDetails: { input: text, roleArn: machineRow.roleArn } };
      const row = { arn, machineArn: machineRow.arn, name, input: text, startedAt };
      journal.begin(row, { type: "ExecutionStarted", timestamp: startedAt, details: first });
      const execution = runExecution({
        arn,
        name,
        machineArn: machineRow.arn,
        machineName: machineRow.name,
        input: JSON.parse(text),
        machine,
        prepared,
        journal,
        invoke: options.invoke,
        now,
        eventsSoFar: 1,
      });
      running.set(arn, execution);
      void execution.done.then(() => running.delete(arn));
      return { executionArn: arn, startDate: startedAt / 1000 };
    },

    DescribeExecution(input) {
      const row = findExecution(input);
      const withData = input["includedData"] !== "METADATA_ONLY";
      return {
        ...summary(row),
        ...(withData ? { input: row.input, inputDetails: { included: true } } : {}),
        ...(withData && row.output !== null ? { output: row.output, outputDetails: { included: true } } : {}),
        ...(row.error === null ? {} : { error: row.error }),
        ...(row.cause === null ? {} : { cause: row.cause }),
      };
    },

    ListExecutions(input) {
      const machineArn = ask.arn(input, "stateMachineArn", "stateMachine");
      findMachine(machineArn);
      const page = ask.page(input);
      const rows = journal.executions(machineArn, ask.statusFilter(input), { ...page, limit: page.limit + 1 });
      const { items, nextToken } = ask.paged(rows, page);
      return { executions: items.map(summary), nextToken };
    },

    StopExecution(input) {
      const row = findExecution(input);
      running.get(row.arn)?.stop(ask.optionalText(input, "error", 256), ask.optionalText(input, "cause", 32_768));
      return { stopDate: (journal.execution(row.arn)?.stoppedAt ?? now()) / 1000 };
    },

    GetExecutionHistory(input) {
      const row = findExecution(input);
      const page = ask.page(input);
      const rows = journal.history(row.arn, input["reverseOrder"] === true, { ...page, limit: page.limit + 1 });
      const { items, nextToken } = ask.paged(rows, page);
      const events = items.map(({ id, type, timestamp, details }) => ({
        id,
        previousEventId: id - 1,
        type,
        timestamp: timestamp / 1000,
        ...details,
      }));
      return { events, nextToken };
    },
  };

  return {
    signingNames: ["states"],
    handle: (request) => answerJson("1.0", operations, request),
    register(name, definition) {
      const text = typeof definition === "string" ? definition : JSON.stringify(definition);
      prepareDefinition(text);
      const arn = arnOf("stateMachine", ask.name({ name }, "name") ?? ask.missing("name"));
      const known = journal.machine(arn);
      if (known?.definition === text) return arn;
      const row = newMachine(name, text, `arn:aws:iam::${accountId}:role/hangar-state-machines`);
      journal.putMachine(known ? { ...row, createdAt: known.createdAt } : row);
      return arn;
    },
    async warm() {
      await import("aws-local-stepfunctions");
    },
    async close() {
      for (const execution of [...running.values()]) execution.stop(undefined, stoppedCause);
      journal.close();
    },
  };
}

/** Our own checks, then the library's schema check: 0.2 s of computing, so only for what comes in by the API. */
async function validate(text: string): Promise<void> {
  const { definition } = prepareDefinition(text);
  const { StateMachine } = await import("aws-local-stepfunctions");
  try {
    new StateMachine(definition as never, { validationOptions: { checkArn: false } });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ServiceError("InvalidDefinition", `Invalid State Machine Definition: ${message}`);
  }
}

function summary(row: ExecutionRow) {
  return {
    executionArn: row.arn,
    stateMachineArn: row.machineArn,
    name: row.name,
    status: row.status,
    startDate: row.startedAt / 1000,
    ...(row.stoppedAt === null ? {} : { stopDate: row.stoppedAt / 1000 }),
    redriveCount: 0,
    redriveStatus: "NOT_REDRIVABLE",
  };
}
