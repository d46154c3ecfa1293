// The hangar command's process: runs what the words name; a failure becomes three lines on stderr and an exit code.
import { asFailure, failureText } from "./failure.ts";
import { note } from "./print.ts";
import { hangarProgram } from "./program.ts";

try {
  await hangarProgram().parseAsync();
} catch (error) {
  const failure = asFailure(error);
  note(failureText(failure));
  if (process.env["HANGAR_DEBUG"] && failure.cause instanceof Error) note(failure.cause.stack ?? "");
  process.exitCode = failure.exitCode;
}
