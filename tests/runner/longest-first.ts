// In which order test files begin: those that take longest first, so that none of them is what all wait for at the end. Vitest
// goes by what it has measured; in a fresh checkout it has measured nothing, and would go by their size.
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Of project `unit`; most of them wait for something. */
export const longest: readonly string[] = [
  "tests/contract/sqs/own.test.ts",
  "tests/contract/stepfunctions/own.test.ts",
  "tests/contract/s3/own.test.ts",
  "state-machines/upgrade-environment.test.ts",
  "state-machines/restore-snapshot.test.ts",
  "state-machines/upgrade-outages.test.ts",
  "state-machines/update-environment.test.ts",
  "shared/domain/upgrade.explore.test.ts",
  "local/dynamodb/operations.test.ts",
  "tests/contract/mwaa/limits.test.ts",
  "tests/contract/adapters/dynamodb.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => longest.some((file) => moduleId.endsWith(`/${file}`));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
