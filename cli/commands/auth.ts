// hangar auth: who am I, and access keys with policies. Talks to the region's IAM and STS, as any client could.
import { readFileSync } from "node:fs";
import { namedPolicies } from "../../local/auth/built-in-policies.ts";
import { targetAs } from "../access-keys.ts";
import { type ApiTarget, callQuery } from "../api-client.ts";
import { exitCodes, Failure } from "../failure.ts";
import { note, result, table } from "../print.ts";
import { targetOf } from "../region-process.ts";
import { clientEnvironment } from "./exec.ts";

interface User {
  readonly UserName: string;
  readonly CreateDate: string;
}

interface KeyRow {
  readonly id: string;
  readonly user: string;
  readonly policies: readonly string[];
  /** ISO 8601; the region does not know when its own was made. */
  readonly created: string | null;
}

/** Prints who the region takes the caller for. */
export async function whoami(home: string, options: { key?: string; json?: boolean }): Promise<void> {
  const target = targetAs(home, options.key);
  const { Arn, Account } = await callQuery<{ Arn: string; Account: string }>(target, "sts", "GetCallerIdentity", {});
  const { accessKeyId } = target.key;
  if (options.json) result(JSON.stringify({ arn: Arn, account: Account, accessKeyId, region: target.region }));
  else result(`${Arn}\nkey ${accessKeyId}, region ${target.region}, ${target.url}`);
}

/** Prints every key, never a secret. */
export async function listKeys(home: string, options: { json?: boolean }): Promise<void> {
  const rows = await keyRows(targetOf(home));
  if (options.json) return result(JSON.stringify(rows));
  const cells = rows.map(({ id, user, policies, created }) => [id, user, policies.join(", ") || "none", created ?? ""]);
  result(table(["key", "user", "policies", "created"], cells));
}

/** Makes a key; its secret is shown here and never again. The user is made with it, when there is none of that name. */
export async function createKey(
  home: string,
  options: { name: string; policy?: string; json?: boolean; profileEnv?: boolean },
): Promise<void> {
  const target = targetOf(home);
  const { name } = options;
  const isThere = (await users(target)).some(({ UserName }) => UserName === name);
  if (!isThere && options.policy === undefined) {
    throw new Failure(`there is no user ${name} yet, and no policy was named for it`, {
      why: "without a policy a key may do nothing",
      fix: `npx hangar auth keys create --name ${name} --policy ${Object.keys(namedPolicies).join("|")}|FILE`,
      exitCode: exitCodes.usage,
    });
  }
  if (isThere && options.policy !== undefined) {
    throw new Failure(`the user ${name} is there already`, {
      why: "a policy counts for all of a user's keys",
      fix: `leave --policy out, or change it: npx hangar auth policy ${name} ${options.policy}`,
      exitCode: exitCodes.usage,
    });
  }
  // The key comes last: whatever is interrupted before it leaves nothing that could be used.
  if (options.policy !== undefined) {
    const policy = readPolicyArgument(options.policy);
    await iam(target, "CreateUser", { UserName: name });
    await iam(target, "PutUserPolicy", { UserName: name, ...policy }).catch(async (error: unknown) => {
      await iam(target, "DeleteUser", { UserName: name });
      throw error;
    });
  }
  const { AccessKey: made } = await iam<{ AccessKey: { AccessKeyId: string; SecretAccessKey: string } }>(
    target,
    "CreateAccessKey",
    { UserName: name },
  );
  const key = { accessKeyId: made.AccessKeyId, secretAccessKey: made.SecretAccessKey };
  if (options.json) return result(JSON.stringify({ user: name, ...key }));
  if (options.profileEnv) {
    const environment = Object.entries(clientEnvironment({ ...target, key }, {}));
    return result(environment.map(([variable, value]) => `export ${variable}='${value}'`).join("\n"));
  }
  result(`${key.accessKeyId}\n${key.secretAccessKey}`);
  note("  the second line is the secret; it is not shown again");
  note(`  use it: npx hangar exec --key ${name} -- aws mwaa list-environments`);
}

/** Revokes a key at once. With its last key a user goes too, policies and all. */
export async function revokeKey(home: string, id: string): Promise<void> {
  const target = targetOf(home);
  const row = (await keyRows(target)).find((one) => one.id === id);
  if (row === undefined) {
    throw new Failure(`there is no key ${id} here`, { fix: "npx hangar auth keys list", exitCode: exitCodes.notFound });
  }
  const user = { UserName: row.user };
  await iam(target, "DeleteAccessKey", { ...user, AccessKeyId: id });
  result(id);
  const { AccessKeyMetadata: left } = await iam<{ AccessKeyMetadata: unknown[] }>(target, "ListAccessKeys", user);
  if (left.length > 0) return;
  for (const PolicyName of row.policies) await iam(target, "DeleteUserPolicy", { ...user, PolicyName });
  await iam(target, "DeleteUser", user);
  note(`  it was the last key of ${row.user}: the user is gone, too`);
}

/** Shows the policies of a user, or puts one in the place of them all. */
export async function policy(home: string, name: string, given: string | undefined): Promise<void> {
  const target = targetOf(home);
  const user = { UserName: name };
  const names = await policyNames(target, name);
  if (given !== undefined) {
    const wanted = readPolicyArgument(given);
    // The new one first: between the two calls a user has both, never none it did not have before.
    await iam(target, "PutUserPolicy", { ...user, ...wanted });
    for (const PolicyName of names.filter((one) => one !== wanted.PolicyName)) {
      await iam(target, "DeleteUserPolicy", { ...user, PolicyName });
    }
    return result(wanted.PolicyName);
  }
  for (const PolicyName of names) {
    const found = await iam<{ PolicyDocument: string }>(target, "GetUserPolicy", { ...user, PolicyName });
    note(`  ${PolicyName}`);
    result(JSON.stringify(JSON.parse(decodeURIComponent(found.PolicyDocument)), null, 2));
  }
}

async function keyRows(target: ApiTarget): Promise<readonly KeyRow[]> {
  const rows = (await users(target)).map(async ({ UserName: user }) => {
    const listed = await iam<{ AccessKeyMetadata: { AccessKeyId: string; CreateDate: string }[] }>(
      target,
      "ListAccessKeys",
      { UserName: user },
    );
    const policies = user === "operator" ? ["admin"] : await policyNames(target, user);
    return listed.AccessKeyMetadata.map(({ AccessKeyId: id, CreateDate }) => ({
      id,
      user,
      policies,
      created: user === "operator" ? null : CreateDate,
    }));
  });
  return (await Promise.all(rows)).flat();
}

const users = async (target: ApiTarget): Promise<readonly User[]> =>
  (await iam<{ Users: User[] }>(target, "ListUsers", {})).Users;

const policyNames = async (target: ApiTarget, UserName: string): Promise<readonly string[]> =>
  (await iam<{ PolicyNames: string[] }>(target, "ListUserPolicies", { UserName })).PolicyNames;

const iam = <Output = unknown>(target: ApiTarget, action: string, members: Readonly<Record<string, string>>) =>
  callQuery<Output>(target, "iam", action, members);

/** A policy by its name, or a file with one. */
function readPolicyArgument(given: string): { PolicyName: string; PolicyDocument: string } {
  if (Object.hasOwn(namedPolicies, given)) {
    const document = namedPolicies[given as keyof typeof namedPolicies];
    return { PolicyName: given, PolicyDocument: JSON.stringify(document) };
  }
  try {
    return { PolicyName: "own", PolicyDocument: readFileSync(given, "utf8") };
  } catch (cause) {
    throw new Failure(`there is no policy and no file named ${given}`, {
      why: `policies that come with Hangar are ${Object.keys(namedPolicies).join(", ")}`,
      fix: "name one of them, or a file with a policy document (docs/access.md)",
      exitCode: exitCodes.usage,
      cause,
    });
  }
}
