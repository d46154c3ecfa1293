// The IAM engine: users with access keys, and the policies of users and roles. As much of IAM as it takes to say who may
// do what in this region; groups, managed policies and trust policies are not here.
import type { Engine } from "../engine.ts";
import { type JsonInput, type JsonOperation, ServiceError } from "../json-protocol.ts";
import { ownRoles } from "./built-in-policies.ts";
import { principalId } from "../sts/principal.ts";
import { answerQuery, type QueryService } from "../sts/query-protocol.ts";
import { MalformedPolicy, type PolicyDocument, readPolicy } from "./policy-grammar.ts";
import { makeKey, type Principal, type PrincipalId, type PrincipalStore } from "./principals.ts";

export interface IamEngineOptions {
  readonly principals: PrincipalStore;
  readonly accountId: string;
  /** The user the region made itself: shown, never changed. */
  readonly operatorKeyId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const service: QueryService = {
  namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
  version: "2010-05-08",
  answersJson: true,
};
/** IAM gives two keys a user, enough to replace one; here people share users more, so there are a few more. */
const mostKeys = 10;
const mostPolicies = 10;
const mostPrincipals = 1000;

/** Answers IAM's Query protocol over the store. A write is durable, and in force, before it is answered. */
export function createIamEngine(options: IamEngineOptions): Engine {
  const { principals, accountId, operatorKeyId, now } = options;
  const timestamp = () => `${new Date(now()).toISOString().slice(0, 19)}Z`;
  const arnOf = (id: PrincipalId) => `arn:aws:iam::${accountId}:${id}`;
  const operator: Principal = {
    createdAt: "1970-01-01T00:00:00Z",
    policies: {},
    keys: [{ accessKeyId: operatorKeyId, secretAccessKey: "", createdAt: "1970-01-01T00:00:00Z" }],
  };
  const find = (name: string): Principal => {
    const found = name === "operator" ? operator : principals.get(`user/${name}`);
    if (found) return found;
    throw new ServiceError("NoSuchEntity", `The user with name ${name} cannot be found.`, { status: 404 });
  };
  /** The user a request names, ready to be changed. */
  const changeable = (input: JsonInput): { id: PrincipalId; name: string; user: Principal } => {
    const name = nameIn(input, "UserName");
    if (name === "operator") throw unchangeable("The user operator is the region's own.");
    return { id: `user/${name}`, name, user: find(name) };
  };
  const shown = (name: string, { createdAt }: Principal) => ({
    Path: "/",
    UserName: name,
    UserId: principalId(arnOf(`user/${name}`)),
    Arn: arnOf(`user/${name}`),
    CreateDate: createdAt,
  });

  const operations: Readonly<Record<string, JsonOperation>> = {
    CreateUser(input) {
      const name = nameIn(input, "UserName");
      if (name === "operator" || principals.get(`user/${name}`)) {
        throw new ServiceError("EntityAlreadyExists", `User with name ${name} already exists.`, { status: 409 });
      }
      if (principals.list().length >= mostPrincipals) throw limit("UsersPerAccount", mostPrincipals);
      const user = { createdAt: timestamp(), policies: {}, keys: [] };
      principals.put(`user/${name}`, user);
      return { User: shown(name, user) };
    },
    GetUser(input, { caller }) {
      const name = input["UserName"] === undefined ? ownName(caller.arn) : nameIn(input, "UserName");
      return { User: shown(name, find(name)) };
    },
    ListUsers() {
      const users = principals.list().filter(([id]) => id.startsWith("user/"));
      const all = users.map(([id, user]) => shown(id.slice("user/".length), user));
      return { Users: [shown("operator", operator), ...all], IsTruncated: false };
    },
    DeleteUser(input) {
      const { id, user } = changeable(input);
      if (user.keys.length > 0) throw conflict("must delete access keys first");
      if (Object.keys(user.policies).length > 0) throw conflict("must delete policies first");
      principals.put(id, undefined);
      return {};
    },
    CreateAccessKey(input) {
      const { id, name, user } = changeable(input);
      if (user.keys.length >= mostKeys) throw limit("AccessKeysPerUser", mostKeys);
      const key = { ...makeKey(), createdAt: timestamp() };
      principals.put(id, { ...user, keys: [...user.keys, key] });
      return {
        AccessKey: {
          UserName: name,
          AccessKeyId: key.accessKeyId,
          Status: "Active",
          SecretAccessKey: key.secretAccessKey,
          CreateDate: key.createdAt,
        },
      };
    },
    ListAccessKeys(input, { caller }) {
      const name = input["UserName"] === undefined ? ownName(caller.arn) : nameIn(input, "UserName");
      const keys = find(name).keys.map(({ accessKeyId, createdAt }) => ({
        UserName: name,
        AccessKeyId: accessKeyId,
        Status: "Active",
        CreateDate: createdAt,
      }));
      return { AccessKeyMetadata: keys, IsTruncated: false };
    },
    DeleteAccessKey(input) {
      const { id, user } = changeable(input);
      const keyId = nameIn(input, "AccessKeyId");
      const keys = user.keys.filter(({ accessKeyId }) => accessKeyId !== keyId);
      if (keys.length === user.keys.length) {
        throw new ServiceError("NoSuchEntity", `The Access Key with id ${keyId} cannot be found.`, { status: 404 });
      }
      principals.put(id, { ...user, keys });
      return {};
    },
    ...policyOperations("User", changeable),
    ...policyOperations("Role", (input) => {
      const name = nameIn(input, "RoleName");
      if (ownRoles.includes(name)) throw unchangeable(`The role ${name} is the region's own.`);
      const id: PrincipalId = `role/${name}`;
      // Roles are taken as written: there is none to be created, only policies to give it.
      return { id, name, user: principals.get(id) ?? { createdAt: timestamp(), policies: {}, keys: [] } };
    }),
  };

  function policyOperations(
    kind: "User" | "Role",
    principal: (input: JsonInput) => { id: PrincipalId; name: string; user: Principal },
  ): Readonly<Record<string, JsonOperation>> {
    /** The policy a request names, and whose it is. */
    const policyIn = (input: JsonInput) => {
      const policyName = nameIn(input, "PolicyName");
      const owner = principal(input);
      const { policies } = owner.user;
      const document = Object.hasOwn(policies, policyName) ? policies[policyName] : undefined;
      if (document) return { ...owner, policyName, document };
      const what = `The ${kind.toLowerCase()} policy with name ${policyName} cannot be found.`;
      throw new ServiceError("NoSuchEntity", what, { status: 404 });
    };
    return {
      [`Put${kind}Policy`](input) {
        const { id, user } = principal(input);
        const policyName = nameIn(input, "PolicyName");
        const policies = { ...user.policies, [policyName]: documentIn(input) };
        if (Object.keys(policies).length > mostPolicies) throw limit(`PoliciesPer${kind}`, mostPolicies);
        principals.put(id, { ...user, policies });
        return {};
      },
      [`Get${kind}Policy`](input) {
        const { name, policyName, document } = policyIn(input);
        // IAM hands documents out percent-encoded; its clients decode them.
        const PolicyDocument = encodeURIComponent(JSON.stringify(document));
        return { [`${kind}Name`]: name, PolicyName: policyName, PolicyDocument };
      },
      [`List${kind}Policies`]: (input) => ({
        PolicyNames: Object.keys(principal(input).user.policies),
        IsTruncated: false,
      }),
      [`Delete${kind}Policy`](input) {
        const { id, user, policyName } = policyIn(input);
        const { [policyName]: _removed, ...policies } = user.policies;
        const isEmptyRole = kind === "Role" && Object.keys(policies).length === 0;
        principals.put(id, isEmptyRole ? undefined : { ...user, policies });
        return {};
      },
    };
  }

  return {
    signingNames: ["iam"],
    handle: (request) => answerQuery(service, operations, request),
    async close() {},
  };
}

function nameIn(input: JsonInput, member: string): string {
  const value = input[member];
  if (typeof value === "string" && /^[\w+=,.@-]{1,128}$/.test(value) && value !== "__proto__") return value;
  const rule = "1 to 128 of the characters A-Z a-z 0-9 _ + = , . @ -";
  throw new ServiceError("ValidationError", `The specified value for ${member} is invalid. It must be ${rule}.`);
}

function documentIn(input: JsonInput): PolicyDocument {
  try {
    return readPolicy(String(input["PolicyDocument"] ?? ""));
  } catch (error) {
    if (error instanceof MalformedPolicy) throw new ServiceError("MalformedPolicyDocument", error.message);
    throw error;
  }
}

function ownName(arn: string): string {
  const [, name] = /:user\/(.+)$/.exec(arn) ?? [];
  if (name !== undefined) return name;
  throw new ServiceError("ValidationError", "Must specify userName when calling with non-User credentials");
}

const limit = (quota: string, most: number): ServiceError =>
  new ServiceError("LimitExceeded", `Cannot exceed quota for ${quota}: ${most}`, { status: 409 });

const conflict = (why: string): ServiceError =>
  new ServiceError("DeleteConflict", `Cannot delete entity, ${why}.`, { status: 409 });

const unchangeable = (what: string): ServiceError =>
  new ServiceError("UnmodifiableEntity", `${what} Its key and policy cannot be changed.`);
